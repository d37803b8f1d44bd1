"""A module joined with all that it imports: run by node, as browsers run it."""

import subprocess

import pytest

from mnist_demo.ui.bundle import bundle
from tests.js import node

MODULES = {
    "a/main.js": """import { SIDE, one, read as readInk, two } from "./ink.js";
import {
  Model,
} from "../models.js";

export const answer = new Model().name + readInk() + SIDE + one + two;
console.log(answer);
""",
    "a/ink.js": """import { Model } from "../models.js";

const name = "ink";
export const SIDE = 28;
export async function later() {}
export const { a: one, b: two } = { a: 1, b: 2 };
export function read() {
  return name + new Model().name;
}
""",
    "models.js": """const name = "model";
export class Model {
  name = name;
  where = import.meta.url;
}
""",
}


def run(source, folder):
    (folder / "main.mjs").write_text(source, encoding="utf-8")
    done = subprocess.run([node.find(), folder / "main.mjs"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_modules_keep_their_own_names(tmp_path):
    assert run(bundle("a/main.js", MODULES), tmp_path) == "modelinkmodel2812"


def test_each_module_is_in_it_once_and_the_entry_still_exports():
    joined = bundle("a/main.js", MODULES)
    assert joined.count("class Model") == 1
    assert "export const answer" in joined
    assert joined.count("export ") == 1


def test_a_module_knows_its_own_address(tmp_path):
    modules = {
        **MODULES,
        "a/main.js": 'import { Model } from "../models.js";\nconsole.log(new Model().where.href);\n',
    }
    assert run(bundle("a/main.js", modules), tmp_path) == (tmp_path.parent / "models.js").as_uri()


def test_a_circle_is_refused():
    modules = {"a.js": 'import { b } from "./b.js";\n', "b.js": 'import { a } from "./a.js";\n'}
    with pytest.raises(ValueError, match="circle"):
        bundle("a.js", modules)


def test_an_import_that_leads_nowhere_is_noticed():
    with pytest.raises(KeyError):
        bundle("a.js", {"a.js": 'import { b } from "./b.js";\n'})


@pytest.mark.parametrize(
    "line",
    [
        'import b from "./b.js";',
        'import "./b.js";',
        "export default 1;",
        'export * from "./b.js";',
        "export let a;",
    ],
)
def test_what_it_does_not_know_is_refused(line):
    with pytest.raises(ValueError, match="can't be bundled"):
        bundle("a.js", {"a.js": line + "\n", "b.js": ""})
