"""Events become curves and epochs; a curve of any length stays small, steady and whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_demo.events import Evaluated, Progress
from mnist_demo.training.curves import Curves, loss_limit, remarks, thin


def progress(epoch, step, loss=1.0, steps=10):
    return Progress(epoch, 3, step, steps, 0.5, 1000.0, loss, 0.5)


def evaluated(epoch, loss=1.0, seconds=0.0):
    return Evaluated(epoch, 3, seconds, loss, 0.5, loss, 0.6, {})


def learning(losses, validation=()):
    """Curves with that training loss at every tenth of an epoch, and validation loss at every epoch."""
    curves = drawn(evaluated(0, loss=losses[0]))
    for index, loss in enumerate(losses[1:], 1):
        epoch, step = (index - 1) // 10 + 1, (index - 1) % 10 + 1
        curves.add(progress(epoch, step, loss))
        if step == 10 and len(validation) >= epoch:
            curves.add(Evaluated(epoch, 9, float(epoch), loss, 0.9, validation[epoch - 1], 0.9, {}, 10))
    return curves


FALLING = [2.3 / (1 + index) for index in range(81)]


def test_nothing_is_said_of_a_run_that_learns():
    assert remarks(learning(FALLING, [0.3, 0.2, 0.15, 0.12, 0.11, 0.111, 0.112, 0.113])) == []
    assert remarks(Curves()) == []
    noisy = [loss * (1.6 if index % 3 else 0.7) for index, loss in enumerate(FALLING)]
    assert remarks(learning(noisy)) == []


@pytest.mark.parametrize("far", [4.7, 1e9, float("inf"), float("nan")])
def test_a_run_that_diverges_is_called_so_where_it_does(far):
    (remark,) = remarks(learning([2.3, 2.2, 2.5, far, far]))
    assert (remark.word, remark.epoch) == ("diverges", pytest.approx(0.3))
    assert "smaller learning rate" in remark.sentence


def test_a_spike_is_named_once_it_is_over_and_only_the_largest():
    losses = [*FALLING]
    losses[30], losses[50] = 0.5, 1.2
    (remark,) = remarks(learning(losses))
    assert (remark.word, remark.epoch) == ("spikes", pytest.approx(5.0))
    assert "1.2" in remark.sentence
    assert remarks(learning([*FALLING[:50], 1.2])) == [], "it may be the start of something else"
    assert remarks(learning([*FALLING[:50], 1.2, *[1.1] * 20])) == [], "a loss that stays is no spike"
    losses = [*FALLING]
    losses[70] = 0.2
    assert remarks(learning(losses)) == [], "small beside what there was to learn"


def test_a_run_overfits_from_its_lowest_validation_loss_on():
    rising = [0.3, 0.2, 0.15, 0.16, 0.17, 0.18]
    (remark,) = remarks(learning(FALLING, rising))
    assert (remark.word, remark.epoch) == ("overfits", 3)
    assert "20% higher" in remark.sentence
    assert remarks(learning(FALLING, rising[:5])) == [], "two epochs are too few to tell"
    assert remarks(learning(FALLING, [0.3, 0.2, 0.15, 0.155, 0.156, 0.157])) == [], "it has hardly risen"
    worse = [2.3 / (1 + index) for index in range(31)] + [0.2 + index / 100 for index in range(40)]
    assert remarks(learning(worse, rising)) == [], "what it was trained on goes worse too"


def drawn(*events):
    curves = Curves()
    for event in events:
        curves.add(event)
    return curves


def test_the_score_before_training_is_epoch_0_on_both_curves():
    curves = drawn(evaluated(0, loss=2.3))
    assert [(point.epoch, point.loss) for point in curves.training] == [(0, 2.3)]
    assert [(point.epoch, point.loss) for point in curves.validation] == [(0, 2.3)]
    assert curves.epochs[0].epoch == 0


def test_an_epoch_draws_its_reports_or_else_its_mean():
    curves = drawn(evaluated(0), progress(1, 4), progress(1, 8), evaluated(1), evaluated(2))
    assert [point.epoch for point in curves.training] == [0, 0.4, 0.8, 2]
    assert [point.epoch for point in curves.validation] == [0, 1, 2]


def test_a_report_on_very_few_steps_gives_no_point():
    curves = drawn(evaluated(0), progress(1, 90, steps=100), evaluated(1), progress(2, 1, steps=100))
    assert [point.epoch for point in curves.training] == [0, 0.9]


def test_the_table_has_the_seconds_of_each_epoch_alone():
    curves = drawn(evaluated(0), evaluated(1, seconds=2.0), evaluated(2, seconds=5.0))
    assert [row.seconds for row in curves.epochs] == [0, 2, 3]


@given(st.integers(0, 5000), st.integers(3, 300))
def test_thinning_bounds_the_number_and_keeps_order_and_ends(count, most):
    items = list(range(count))
    kept = thin(items, most)
    assert len(kept) <= most
    assert kept == sorted(set(kept))
    assert kept[:1] == items[:1]
    assert kept[-1:] == items[-1:]
    if count <= most - 1:
        assert kept == items


@given(st.integers(10, 2000))
def test_points_stay_where_they_are_while_a_curve_grows(count):
    before, after = thin(range(count), 50), thin(range(count + 1), 50)
    # all but the newest end stay, or every second of them goes at once
    assert set(before[:-1]) <= set(after) or set(after[:-1]) <= set(before)


@pytest.mark.parametrize(("highest", "limit"), [(0.5, 1), (2.3, 2.5), (2.5, 5), (9.0, 10), (11.0, 25)])
def test_the_axis_holds_the_losses_before_training(highest, limit):
    assert loss_limit([drawn(evaluated(0, loss=highest))]) == limit


def test_a_loss_that_is_not_finite_leaves_the_axis_alone():
    assert loss_limit([drawn(evaluated(0, loss=float("inf")))]) == 2.5
    assert loss_limit([]) == 2.5
