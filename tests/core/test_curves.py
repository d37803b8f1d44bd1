"""Events become curves and epochs; a curve of any length stays small, steady and whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_demo.events import Evaluated, Progress
from mnist_demo.training.curves import Curves, loss_limit, thin


def progress(epoch, step, loss=1.0, steps=10):
    return Progress(epoch, 3, step, steps, 0.5, 1000.0, loss, 0.5)


def evaluated(epoch, loss=1.0, seconds=0.0):
    return Evaluated(epoch, 3, seconds, loss, 0.5, loss, 0.6, {})


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
