"""Hands the modules' tests, which are JavaScript, to Node."""

import subprocess
from pathlib import Path

from tests.js import node

TESTS = sorted(Path(__file__).parent.glob("*.test.js"))


def test_the_modules():
    path = node.find()
    assert path, "No Node is here, or only an old one: `make node` gets one."
    done = subprocess.run([path, "--test", *TESTS], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
