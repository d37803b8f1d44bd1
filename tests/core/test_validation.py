"""A recipe's fields, each out of range, of the wrong type, or contradicting another."""

import dataclasses
import math
import resource

import pytest

from mnist_demo.digits import UNIT
from mnist_demo.recipes import RECIPES
from mnist_demo.training.validation import problems


def wrong(name: str = "mlp", **changes: object) -> dict[str, str]:
    return problems(dataclasses.replace(RECIPES[name], **changes), {"epochs": 100, "batch_size": 1024})


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_can_be_run_as_it_is(name):
    assert wrong(name) == {}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("model", ["transformer", "", None, 3]),
        ("dataset", ["cifar", None]),
        ("optimizer", ["lion"]),
        ("schedule", ["warm"]),
        ("loss", ["dice"]),
        ("augmentation", ["mixup"]),
        ("precision", ["int8"]),
        ("epochs", [0, -1, 101, 10**9, 2.5, "3", None, True, math.nan]),
        ("batch_size", [0, -5, 1025, 1.5, "many", None]),
        ("validation_size", [-1, 60_000, 10**12, 0.5]),
        ("seed", [-1, 2**32, 0.5, "x"]),
        ("learning_rate", [0, 0.0, -1.0, math.nan, math.inf, 101.0, "fast", None, True]),
        ("weight_decay", [-0.1, 11.0, math.nan]),
        ("label_smoothing", [-0.1, 1.0, math.nan]),
        ("averaging", [-0.1, 1.0]),
    ],
)
def test_a_field_out_of_range_or_of_the_wrong_type_is_named(field, values):
    for value in values:
        found = wrong(**{field: value})
        assert list(found) == [field], value
        assert found[field]


@pytest.mark.parametrize(
    ("name", "arguments", "field"),
    [
        ("mlp", {"hidden": (0,)}, "hidden"),
        ("mlp", {"hidden": (-3,)}, "hidden"),
        ("mlp", {"hidden": (1.5,)}, "hidden"),
        ("mlp", {"hidden": ("64",)}, "hidden"),
        ("mlp", {"hidden": (5000,)}, "hidden"),
        ("mlp", {"hidden": (8,) * 13}, "hidden"),
        ("mlp", {"hidden": (4096, 4096)}, "hidden"),
        ("mlp", {"dropout": 1.0}, "dropout"),
        ("mlp", {"dropout": -0.1}, "dropout"),
        ("mlp", {"dropout": math.nan}, "dropout"),
        ("mlp", {"dropout": "half"}, "dropout"),
        ("mlp", {"depth": 3}, "model"),
        ("cnn", {"kernel": 0}, "kernel"),
        ("cnn", {"kernel": 9}, "kernel"),
        ("cnn", {"kernel": 2}, "kernel"),
        ("cnn", {"kernel": 6}, "kernel"),
        ("cnn", {"kernel": "3"}, "kernel"),
        ("cnn", {"channels": ((4,), (4,), (4,)), "kernel": 5, "padded": False}, "model"),
        ("cnn", {"channels": ((8,),) * 5}, "channels"),
        ("cnn", {"channels": ((0,),)}, "channels"),
        ("cnn", {"channels": ((8,),), "hidden": (4096,)}, "hidden"),
        ("cnn", {"channels": ((4096,), (4096,)), "hidden": (8,)}, "channels"),
        ("cnn", {"channels": ((700,),), "hidden": (40,)}, "hidden"),
    ],
)
def test_a_model_that_cannot_be_built_or_is_too_large_is_named(name, arguments, field):
    assert list(wrong(name, arguments=arguments)) == [field]


def test_a_model_that_would_fill_the_memory_is_refused_without_building_it():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "hidden" in wrong(arguments={"hidden": (10**9,)})
    assert "channels" in wrong("cnn", arguments={"channels": ((4096,) * 4,), "hidden": (4096,)})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


@pytest.mark.parametrize(
    ("channels", "batch_size", "field"),
    [
        (((4096,), (1,)), 1, "channels"),
        (((4096,), (1,)), 1024, "channels"),
        (((64, 64), (64, 64)), 1024, ""),
        (((128, 128), (64, 64)), 1024, "batch_size"),
        (((128, 128), (64, 64)), 128, ""),
    ],
)
def test_what_the_layers_give_has_to_fit_the_memory(channels, batch_size, field):
    found = wrong("cnn", arguments={"channels": channels, "hidden": (8,)}, batch_size=batch_size)
    assert list(found) == ([field] if field else [])
    assert all("GB of memory; 2 are allowed" in reason for reason in found.values())


@pytest.mark.parametrize(
    ("name", "arguments", "refused"),
    [
        ("mlp", {"hidden": (8,), "batch_norm": True}, True),
        ("mlp", {"hidden": (8,)}, False),
        ("cnn", {"channels": ((4,),)}, False),
        ("cnn", {"channels": ((2,),) * 4, "pool_first": True}, True),
        ("cnn-tiny", {}, True),
    ],
)
def test_a_batch_to_normalize_over_needs_two_images(name, arguments, refused):
    found = wrong(name, arguments=arguments, batch_size=1)
    assert found == (
        {"batch_size": "must be at least 2: this model normalizes over a batch"} if refused else {}
    )


@pytest.mark.parametrize(("batch_size", "refused"), [(9_000, []), (20_000, ["batch_size"])])
def test_a_net_that_looks_at_five_copies_to_answer_looks_at_one_to_learn(batch_size, refused):
    # 53,198 numbers an image, in four bytes each: 1.9 and 4.3 GB
    recipe = dataclasses.replace(RECIPES["cnn-tiny"], batch_size=batch_size)
    assert list(problems(recipe, {"batch_size": 20_000})) == refused


def test_fields_that_contradict_each_other_are_named():
    assert "normalization" in wrong("mlp", normalization=UNIT)
    assert "normalization" not in wrong("mlp", normalization=UNIT, teacher="")
    assert "batch_size" in wrong(dataset="uci-digits", validation_size=1400, batch_size=128)
    assert "validation_size" in wrong(dataset="uci-digits", validation_size=1500)
    assert "validation_size" in wrong(dataset="mnist-pen", validation_size=60_000)
    assert wrong(dataset="mnist-pen", validation_size=59_999, batch_size=512) == {}
    assert "label_smoothing" in wrong(loss="hinge", label_smoothing=0.1)
    assert "weight_decay" in wrong(optimizer="plain-sgd", weight_decay=0.1)
    assert "epochs" in wrong(schedule="one-cycle", epochs=0)
