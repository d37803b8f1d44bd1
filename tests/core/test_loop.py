"""The loop as a generator of events, on made-up digits that a linear model can tell apart."""

import dataclasses

import pytest
import torch

from mnist_demo.data.datasets import LabeledDigits, Splits
from mnist_demo.digits import SYMMETRIC, UNIT
from mnist_demo.events import Evaluated, Finished, Progress
from mnist_demo.models import checkpoints
from mnist_demo.models.cards import Card
from mnist_demo.models.evaluation import logits_of, score
from mnist_demo.models.modules import MODELS, build
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training import augmentation, loop
from mnist_demo.training.augmentation import AUGMENTATIONS
from mnist_demo.training.losses import LOSSES
from mnist_demo.training.optimizers import OPTIMIZERS, SCHEDULES
from mnist_demo.training.scoring import score_run
from mnist_demo.training.steering import Steering

RECIPE = Recipe(name="test", model="logistic", normalization=UNIT, epochs=3, batch_size=50, learning_rate=0.1)


def bars(count: int, seed: int) -> LabeledDigits:
    """Digits whose class is the place of a bright bar on a noisy ground."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 80, (count, 28, 28), dtype=torch.uint8, generator=generator)
    labels = torch.randint(0, 10, (count,), generator=generator)
    for image, label in zip(images, labels.tolist(), strict=True):
        image[:, 4 + 2 * label : 6 + 2 * label] = 255
    return LabeledDigits(images, labels)


@pytest.fixture(scope="module")
def splits() -> Splits:
    return Splits(bars(600, 0), bars(200, 1), bars(200, 2))


def run(splits: Splits, recipe: Recipe = RECIPE):
    torch.manual_seed(recipe.seed)
    model = build(recipe.model, recipe.arguments)
    return model, list(loop.train(model, splits, recipe))


def test_a_run_starts_with_the_model_before_training_and_learns(splits):
    _, events = run(splits)
    scores = [event for event in events if isinstance(event, Evaluated)]
    assert [event.epoch for event in scores] == [0, 1, 2, 3]
    assert scores[0].seconds == 0
    assert scores[0].validation_accuracy < 0.4
    assert scores[-1].validation_accuracy > 0.95
    assert scores[-1].train_loss < scores[1].train_loss < scores[0].train_loss
    assert events[-1] == Finished(3, events[-1].seconds)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_loss_before_training_is_the_recipe_s_own(splits, loss):
    """As large as after an epoch that learned nothing."""
    _, events = run(splits, dataclasses.replace(RECIPE, loss=loss, epochs=1, learning_rate=1e-12))
    before, after = (event for event in events if isinstance(event, Evaluated))
    assert before.train_loss == pytest.approx(after.train_loss, rel=1e-3)
    assert before.train_accuracy == pytest.approx(after.train_accuracy, abs=0.01)


def test_the_weights_of_an_event_are_those_that_were_scored(splits):
    model, events = run(splits)
    last = [event for event in events if isinstance(event, Evaluated)][-1]
    for name, tensor in model.state_dict().items():
        assert torch.equal(last.weights[name], tensor)
        assert last.weights[name].data_ptr() != tensor.data_ptr()


def test_the_same_seed_gives_the_same_curves(splits, monkeypatch):
    recipe = dataclasses.replace(
        RECIPE, model="mlp", arguments={"hidden": (16,), "dropout": 0.3}, augmentation="affine"
    )

    def curve(recipe: Recipe) -> list[tuple[float, float]]:
        return [(e.train_loss, e.validation_loss) for e in run(splits, recipe)[1] if isinstance(e, Evaluated)]

    first = curve(recipe)
    monkeypatch.setattr(loop, "REPORT_INTERVAL", 0.0)  # nor does it matter how often it tells of itself
    assert curve(recipe) == first != curve(dataclasses.replace(recipe, seed=1))


@pytest.mark.parametrize(("images", "steps"), [(600, 2), (601, 2), (602, 3)])
def test_a_single_image_left_over_is_skipped(splits, monkeypatch, images, steps):
    monkeypatch.setattr(loop, "REPORT_INTERVAL", 0.0)
    arguments = {"hidden": (8,), "batch_norm": True}
    recipe = dataclasses.replace(RECIPE, model="mlp", arguments=arguments, batch_size=300)
    _, events = run(dataclasses.replace(splits, train=bars(images, 0)), recipe)
    reports = [(event.step, event.steps) for event in events if isinstance(event, Progress)]
    assert reports == [(step + 1, steps) for _ in range(3) for step in range(steps)]
    assert events[-1] == Finished(3, events[-1].seconds)


def test_progress_comes_by_the_clock(splits, monkeypatch):
    monkeypatch.setattr(loop, "REPORT_INTERVAL", 0.0)
    _, events = run(splits)
    progress = [event for event in events if isinstance(event, Progress)]
    assert [(event.epoch, event.step) for event in progress] == [
        (e, s) for e in (1, 2, 3) for s in range(1, 13)
    ]
    assert {event.steps for event in progress} == {12}
    assert all(event.images_per_second > 0 for event in progress)
    seconds = [event.seconds for event in progress]
    assert seconds == sorted(seconds)

    monkeypatch.setattr(loop, "REPORT_INTERVAL", 1e9)
    _, quiet = run(splits)
    assert not any(isinstance(event, Progress) for event in quiet)
    # what the clock says must not change what is learned
    assert quiet[-2].train_loss == pytest.approx(events[-2].train_loss, rel=1e-12)


def test_closing_the_generator_ends_the_run(splits, monkeypatch):
    monkeypatch.setattr(loop, "REPORT_INTERVAL", 0.0)
    model = build("logistic")
    running = loop.train(model, splits, RECIPE)
    while not isinstance(next(running), Progress):
        pass
    running.close()
    frozen = model.linear.weight.clone()
    assert list(running) == []
    assert torch.equal(model.linear.weight, frozen)


@pytest.mark.parametrize("report_every", [0.0, 1e9])
def test_a_loss_that_is_not_finite_ends_the_run_with_the_last_finite_weights(
    splits, monkeypatch, report_every
):
    monkeypatch.setattr(loop, "REPORT_INTERVAL", report_every)
    _, events = run(splits, dataclasses.replace(RECIPE, learning_rate=1e38))
    assert isinstance(events[-1], Finished)
    assert events[-1].diverged
    last = [event for event in events if isinstance(event, Evaluated)][-1]
    assert last.epoch == events[-1].epochs
    assert all(tensor.isfinite().all() for tensor in last.weights.values())


def test_a_last_step_that_leaves_the_weights_not_finite_is_not_kept(splits):
    # one step an epoch: its loss is from before the step, and finite
    recipe = dataclasses.replace(
        RECIPE, batch_size=600, loss="mse", learning_rate=1e308, optimizer="momentum"
    )
    model, events = run(splits, recipe)
    assert not all(parameter.isfinite().all() for parameter in model.parameters())
    assert events[-1] == Finished(0, events[-1].seconds, diverged=True)
    assert all(tensor.isfinite().all() for tensor in events[-2].weights.values())


def test_averaged_weights_are_the_ones_scored(splits):
    model, events = run(splits, dataclasses.replace(RECIPE, averaging=0.9))
    last = [event for event in events if isinstance(event, Evaluated)][-1]
    assert not torch.equal(last.weights["linear.weight"], model.linear.weight)
    scored = build("logistic")
    scored.load_state_dict(last.weights)
    right = scored(splits.validation.images.unsqueeze(1) / 255).argmax(1) == splits.validation.labels
    assert right.float().mean().item() == pytest.approx(last.validation_accuracy)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_optimizer_and_schedule_learns(splits, optimizer, schedule):
    rate = 0.005 if optimizer.startswith("adam") else 0.1
    _, events = run(
        splits, dataclasses.replace(RECIPE, optimizer=optimizer, schedule=schedule, learning_rate=rate)
    )
    assert events[-2].validation_accuracy > 0.8


def test_the_optimizer_from_scratch_is_plain_sgd(splits):
    ours, theirs = (
        run(splits, dataclasses.replace(RECIPE, optimizer=optimizer))[0] for optimizer in ("plain-sgd", "sgd")
    )
    assert torch.allclose(ours.linear.weight, theirs.linear.weight, atol=1e-5)


@pytest.fixture
def has_bfloat16(monkeypatch) -> None:
    """A processor that has instructions for it, as far as anyone asks."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})


def test_bfloat16_learns_too(splits, has_bfloat16):
    recipe = dataclasses.replace(
        RECIPE, model="cnn", arguments={"channels": ((4,), (8,)), "hidden": (16,)}, precision="bfloat16"
    )
    _, events = run(splits, recipe)
    assert events[-2].validation_accuracy > 0.8


@pytest.mark.parametrize("features", [{"avx2": True, "avx512_f": True, "avx512_bf16": False}, {}])
def test_a_processor_without_bfloat16_works_in_float32(splits, monkeypatch, has_bfloat16, features):
    plain = dataclasses.replace(
        RECIPE, model="cnn", arguments={"channels": ((4,), (8,)), "hidden": (16,)}, epochs=1
    )
    wanted = dataclasses.replace(plain, precision="bfloat16")
    in_bfloat16 = run(splits, wanted)[1][-2].weights
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: features)
    instead, in_float32 = run(splits, wanted)[1][-2].weights, run(splits, plain)[1][-2].weights
    assert all(torch.equal(instead[name], in_float32[name]) for name in in_float32)
    assert not all(torch.equal(in_bfloat16[name], in_float32[name]) for name in in_float32)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_student_learns_from_its_teacher_what_labels_do_not_say(
    splits, tmp_path, monkeypatch, has_bfloat16, precision
):
    recipe = dataclasses.replace(RECIPE, name="teacher", dataset="mnist", precision=precision)
    model, events = run(splits, recipe)
    card, _ = score_run(recipe, splits, model, events[-2])
    checkpoints.save(tmp_path / "teacher.json", card, events[-2].weights)
    monkeypatch.setattr(checkpoints, "DIRECTORY", tmp_path)

    guessed = torch.randint(10, (600,), generator=torch.Generator().manual_seed(3))
    senseless = dataclasses.replace(splits, train=LabeledDigits(splits.train.images, guessed))
    _, taught = run(senseless, dataclasses.replace(recipe, teacher="teacher"))
    _, alone = run(senseless, recipe)
    assert taught[-2].validation_accuracy > 0.9
    assert alone[-2].validation_accuracy < 0.5


def test_slight_distortions_move_three_quarters_as_much_ink():
    images = torch.zeros(200, 1, 28, 28)
    images[:, :, 8:20, 10:18] = 1.0
    moved = [
        (distort(images, torch.Generator().manual_seed(0)) - images).abs().mean()
        for distort in (augmentation.slight, augmentation.affine)
    ]
    assert 0.7 * moved[1] < moved[0] < 0.8 * moved[1]


@pytest.mark.parametrize(
    "name", [name for name, value in augmentation.AUGMENTATIONS.items() if value.distort]
)
def test_distorted_images_keep_shape_and_range_and_most_ink(name):
    generator = torch.Generator().manual_seed(0)
    images = torch.zeros(200, 1, 28, 28)
    images[:, :, 8:20, 10:18] = 1.0
    distorted = augmentation.AUGMENTATIONS[name].distort(images, generator)
    assert distorted.shape == images.shape
    assert distorted.min() >= 0
    assert distorted.max() <= 1 + 1e-6
    assert not torch.equal(distorted[0], distorted[1])
    ink = distorted.sum((1, 2, 3)) / images[0].sum()
    assert ink.mean().item() == pytest.approx(1.0, abs=0.05)
    rows = distorted.sum(3) * torch.arange(28.0)
    centers = rows.sum((1, 2)) / distorted.sum((1, 2, 3))
    assert centers.mean().item() == pytest.approx(13.5, abs=0.4)


def test_recipes_are_frozen_and_name_what_exists():
    for recipe in RECIPES.values():
        build(recipe.model, recipe.arguments)
        assert recipe.optimizer in OPTIMIZERS
        assert recipe.schedule in SCHEDULES
        assert recipe.augmentation in augmentation.AUGMENTATIONS
    with pytest.raises(TypeError):
        RECIPES["cnn"].arguments["hidden"] = 3
    with pytest.raises(dataclasses.FrozenInstanceError):
        RECIPES["cnn"].epochs = 3


def test_the_card_of_a_run_says_how_good_it_is(splits):
    model, events = run(splits)
    seen = []
    model.register_forward_hook(lambda module, given, logits: seen.append(len(logits)))
    card, logits = score_run(RECIPE, splits, model, events[-2])
    assert sum(seen) == len(splits.validation) + len(splits.test), "every image is looked at once"
    right = (logits.argmax(1) == splits.test.labels).double().mean().item()
    assert right == card.test_accuracy
    assert card.epochs == 3
    assert card.test_accuracy > 0.9
    assert card.validation_accuracy == events[-2].validation_accuracy
    assert card.test_loss == score(logits, splits.test.labels, card.temperature).loss
    assert (card.training_images, card.validation_images, card.test_images) == (600, 200, 200)
    assert card.drawn_accuracy is None


def test_a_registry_recipe_is_carded_whole_and_a_changed_one_as_changed_from_it(splits):
    registered = RECIPES["mlp-30"]
    model = build(registered.model, registered.arguments)
    *_, evaluated, _ = loop.train(model, splits, dataclasses.replace(registered, epochs=1))

    card, _ = score_run(registered, splits, model, evaluated)
    defaults = MODELS["mlp"].defaults()
    whole = dataclasses.replace(registered, arguments={**defaults, "hidden": (30,)})
    assert (card.recipe, card.changed_from) == (whole, None)

    changed = dataclasses.replace(
        registered, seed=3, loss="hinge", normalization=SYMMETRIC, arguments={"hidden": (30,), "dropout": 0.1}
    )
    card, _ = score_run(changed, splits, model, evaluated)
    assert (card.recipe.name, card.recipe.loss, card.recipe.seed) == ("mlp-30, changed", "hinge", 3)
    assert card.recipe.arguments == {**defaults, "hidden": (30,), "dropout": 0.1}
    assert card.changed_from == {
        "name": "mlp-30",
        "arguments": {"hidden": (30,)},
        "normalization": registered.normalization,
        "loss": "cross-entropy",
        "seed": 0,
    }
    assert Card.from_json(card.to_json()).recipe == card.recipe

    card, _ = score_run(dataclasses.replace(registered, name="of my own"), splits, model, evaluated)
    assert (card.recipe.name, card.changed_from) == ("of my own", None)


def test_the_card_says_how_well_unseen_writers_are_read(splits):
    model, events = run(splits)
    wrong = LabeledDigits(splits.test.images, (splits.test.labels + 1) % 10)
    card, _ = score_run(RECIPE, dataclasses.replace(splits, drawn=wrong), model, events[-2])
    assert card.test_accuracy > 0.9
    assert card.drawn_accuracy < 0.1
    # confidence is half of what would be right for the one and for the other together
    assert card.drawn_calibration_error == pytest.approx(0.5, abs=0.05)
    assert card.expected_calibration_error == pytest.approx(0.5, abs=0.05)


def test_a_model_that_is_trained_on_outliers_flags_them(splits):
    def crossed(count: int, seed: int) -> torch.Tensor:
        images = bars(count, seed).images
        images[:, ::3] = 255
        return images

    recipe = dataclasses.replace(RECIPE, model="mlp", arguments={"hidden": (64,)}, epochs=12, exposure=0.5)
    shown = dataclasses.replace(splits, outliers=crossed(300, 5), drawn=bars(100, 7))
    model, events = run(shown, recipe)
    card, _ = score_run(recipe, shown, model, events[-2])

    def doubted(images: torch.Tensor) -> float:
        some = LabeledDigits(images, torch.zeros(len(images), dtype=torch.long))
        confidence = (logits_of(model, some, UNIT) / card.temperature).softmax(1).amax(1)
        return (confidence < card.min_confidence).double().mean().item()

    assert doubted(crossed(200, 6)) > 0.9
    assert doubted(splits.test.images) < 0.03

    model, events = run(splits, recipe)  # data without outliers
    card, _ = score_run(recipe, splits, model, events[-2])
    assert card.min_confidence is None


def test_outliers_count_in_no_score(splits):
    shown = dataclasses.replace(splits, outliers=torch.zeros(40, 28, 28, dtype=torch.uint8))
    recipe = dataclasses.replace(RECIPE, exposure=0.5, epochs=1, batch_size=64)
    images = [len(images) - len(labels) for images, labels in batches(shown, recipe)]
    assert sum(images) == 600 // loop._DIGITS_PER_OUTLIER
    assert sum(len(labels) for _, labels in batches(shown, recipe)) == 600
    assert sum(len(images) for images, _ in batches(splits, recipe)) == 600


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_the_last_digits_of_an_epoch_may_be_too_few_for_an_outlier(splits, name):
    shown = dataclasses.replace(
        splits, train=bars(1_203, 1), outliers=torch.zeros(40, 28, 28, dtype=torch.uint8)
    )
    recipe = dataclasses.replace(RECIPE, exposure=0.5, batch_size=1_200, augmentation=name)
    sizes = [(len(images), len(labels)) for images, labels in batches(shown, recipe)]
    assert sizes == [(1_200 + 1_200 // loop._DIGITS_PER_OUTLIER, 1_200), (3, 3)]


def batches(data: Splits, recipe: Recipe):
    return loop.batches(data, recipe, torch.Generator(), torch.Generator())


def test_an_epoch_more_is_trained_where_one_is_asked_for_and_the_events_say_so(splits):
    steering = Steering()
    seen = []
    for event in loop.train(loop.initial_model(RECIPE), splits, RECIPE, steering=steering):
        if isinstance(event, Evaluated):
            seen.append((event.epoch, event.epochs))
            if event.epoch == 2:
                steering.more_epochs = 1
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 4), (4, 4)]
    assert event == Finished(4, event.seconds)


def test_slow_motion_reports_every_step(splits):
    steering = Steering(pace=loop.REPORT_INTERVAL * 1.1)
    recipe = dataclasses.replace(RECIPE, epochs=1, batch_size=len(splits.train) // 3)
    events = loop.train(loop.initial_model(recipe), splits, recipe, steering=steering)
    reported = [event.step for event in events if isinstance(event, Progress)]
    assert reported == list(range(1, reported[-1] + 1))
    assert len(reported) >= 3
