"""The limits of a public host: their variables, and the limit on concurrent readers."""

import threading

import pytest

from mnist_demo.ui.server.concurrency import BusyError, ConcurrencyLimit
from mnist_demo.ui.server.limits import LimitError, Limits


def test_the_defaults_hold_where_nothing_is_set():
    assert Limits.from_environment({"PATH": "/bin"}) == Limits()


def test_each_limit_has_its_variable():
    limits = Limits.from_environment({"MNIST_DEMO_READERS": "7", "MNIST_DEMO_QUEUE_LENGTH": " 9 "})
    assert (limits.readers, limits.queue_length, limits.waiting) == (7, 9, Limits().waiting)


def test_a_renamed_limit_still_has_its_former_variable():
    assert Limits.from_environment({"MNIST_DEMO_WIRES": "3"}).websockets == 3
    both = {"MNIST_DEMO_WIRES": "3", "MNIST_DEMO_WEBSOCKETS": "4"}
    assert Limits.from_environment(both).websockets == 4
    with pytest.raises(LimitError, match="MNIST_DEMO_WIRES"):
        Limits.from_environment({"MNIST_DEMO_WIRES": "none"})


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "many", "1e3", "²"])
def test_a_limit_that_makes_no_sense_is_refused_by_name(text):
    with pytest.raises(LimitError, match="MNIST_DEMO_WAITING"):
        Limits.from_environment({"MNIST_DEMO_WAITING": text})


def test_where_drawings_are_read_is_one_of_two_words():
    assert Limits().answers == "page"
    assert Limits.from_environment({"MNIST_DEMO_ANSWERS": " Server "}).answers == "server"
    with pytest.raises(LimitError, match="MNIST_DEMO_ANSWERS must be page or server, not 'phone'"):
        Limits.from_environment({"MNIST_DEMO_ANSWERS": "phone"})


def test_some_read_some_wait_and_the_rest_are_refused_at_once():
    concurrency = ConcurrencyLimit(readers=2, waiting=3, patience=30)
    leave, inside, most, refused = threading.Event(), 0, 0, 0
    lock = threading.Lock()
    settled = threading.Semaphore(0)

    def session():
        nonlocal inside, most, refused
        try:
            with concurrency.reserve_reader():
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
    for _ in range(2 + 15):  # two read, three wait, and the fifteen others were refused at once
        assert settled.acquire(timeout=10)
    leave.set()
    for thread in threads:
        thread.join()
    assert (most, refused, inside) == (2, 15, 0)


def test_a_wait_that_is_too_long_ends_in_a_refusal_and_leaves_no_trace():
    concurrency = ConcurrencyLimit(readers=1, waiting=1, patience=0.01)
    with concurrency.reserve_reader(), pytest.raises(BusyError), concurrency.reserve_reader():
        raise AssertionError("two readers")
    with concurrency.reserve_reader():
        pass


def test_a_reader_that_fails_is_free_again():
    concurrency = ConcurrencyLimit(readers=1, waiting=1, patience=0.01)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), concurrency.reserve_reader():
            raise ZeroDivisionError
