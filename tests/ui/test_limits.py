"""The limits of a public host: their variables, and the concurrency that holds work to them."""

import threading

import pytest

from mnist_demo.ui.server.concurrency import BusyError, ConcurrencyLimit
from mnist_demo.ui.server.limits import LimitError, Limits


def test_the_defaults_hold_where_nothing_is_set():
    assert Limits.from_environment({"PATH": "/bin"}) == Limits()


def test_each_limit_has_its_variable():
    limits = Limits.from_environment({"MNIST_DEMO_READERS": "7", "MNIST_DEMO_QUEUE_LENGTH": " 9 "})
    assert (limits.readers, limits.queue_length, limits.waiting) == (7, 9, Limits().waiting)


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "many", "1e3", "²"])
def test_a_limit_that_makes_no_sense_is_refused_by_name(text):
    with pytest.raises(LimitError, match="MNIST_DEMO_WAITING"):
        Limits.from_environment({"MNIST_DEMO_WAITING": text})


def test_the_gate_lets_in_so_many_and_keeps_so_many_waiting():
    concurrency = ConcurrencyLimit(readers=2, waiting=3, patience=30)
    leave, inside, most, refused = threading.Event(), 0, 0, 0
    lock = threading.Lock()
    settled = threading.Semaphore(0)

    def session():
        nonlocal inside, most, refused
        try:
            with concurrency.entered():
                with lock:
                    inside += 1
                    most = max(most, inside)
                settled.release()
                leave.wait()
                with lock:
                    inside -= 1
        except BusyError:
            with lock:
                refused += 1
            settled.release()

    threads = [threading.Thread(target=session) for _ in range(20)]
    for thread in threads:
        thread.start()
    for _ in range(2 + 15):  # two are in, three wait, and the fifteen others were sent back at once
        assert settled.acquire(timeout=10)
    leave.set()
    for thread in threads:
        thread.join()
    assert (most, refused, inside) == (2, 15, 0)


def test_who_waits_too_long_is_sent_back_and_the_gate_opens_again():
    concurrency = ConcurrencyLimit(readers=1, waiting=1, patience=0.01)
    with concurrency.entered(), pytest.raises(BusyError), concurrency.entered():
        raise AssertionError("two readers")
    with concurrency.entered():
        pass


def test_a_failing_reader_leaves_its_place():
    concurrency = ConcurrencyLimit(readers=1, waiting=1, patience=0.01)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), concurrency.entered():
            raise ZeroDivisionError
