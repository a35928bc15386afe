"""Measuring: what is handed to the writer, and that nothing of it can fail the work."""

from collections.abc import Iterator, Sequence
from threading import Event

import pytest

from dyno_core.errors import NotFound
from dyno_core.telemetry import Measurement, correlated, exposition, performance, start_writer, track_performance


@pytest.fixture(autouse=True)
def _empty_queue() -> Iterator[None]:
    while performance._take(timeout=0):
        pass
    yield
    while performance._take(timeout=0):
        pass


def dropped(reason: str) -> float:
    for line in exposition().decode().splitlines():
        if line.startswith(f'dyno_telemetry_dropped_total{{reason="{reason}"}}'):
            return float(line.split()[-1])
    return 0.0


def test_a_block_is_measured_with_its_notes_and_its_correlation_id() -> None:
    with correlated("click-1"), track_performance("booking", "allocate", user_id=7) as run:
        run.note(candidates=3)
    (one,) = performance._take(timeout=0)
    assert (one.service_name, one.method_name, one.user_id, one.correlation_id) == ("booking", "allocate", 7, "click-1")
    assert one.success
    assert one.error_message is None
    assert one.extra_data == {"candidates": 3}
    assert one.duration_ms >= 0


def test_a_decorated_function_is_measured_at_every_call() -> None:
    @track_performance("reports", "roi")
    def add(left: int, right: int) -> int:
        return left + right

    assert [add(1, 2), add(3, 4)] == [3, 7]
    assert len(performance._take(timeout=0)) == 2


def test_a_refusal_passes_and_is_noted_in_its_own_words() -> None:
    with pytest.raises(NotFound), track_performance("booking", "move"):
        raise NotFound("There is no allocation 7.")
    (one,) = performance._take(timeout=0)
    assert (one.success, one.error_message) == (False, "There is no allocation 7.")


def test_of_a_defect_only_the_kind_is_noted() -> None:
    with pytest.raises(ValueError, match="VIN"), track_performance("booking", "move"):
        raise ValueError("VIN of a customer")
    (one,) = performance._take(timeout=0)
    assert one.error_message == "ValueError"


def test_a_full_queue_drops_and_counts_and_never_waits() -> None:
    before = dropped("queue_full")
    for _ in range(performance.QUEUE_SIZE + 5):
        with track_performance("booking", "allocate"):
            pass
    assert dropped("queue_full") == before + 5


def test_closing_the_writer_stores_what_is_still_queued() -> None:
    stored: list[Measurement] = []
    writer = start_writer(stored.extend)
    for _ in range(3):
        with track_performance("booking", "allocate"):
            pass
    writer.close()
    assert len(stored) == 3


def test_a_writer_whose_database_is_down_goes_on_and_counts_what_it_lost() -> None:
    before = dropped("not_stored")
    again = Event()
    calls: list[int] = []

    def store(batch: Sequence[Measurement]) -> None:
        calls.append(len(batch))
        if len(calls) == 1:
            again.set()
            raise ConnectionError("down")

    writer = start_writer(store)
    with track_performance("booking", "allocate"):
        pass
    assert again.wait(10)
    with track_performance("booking", "allocate"):
        pass
    writer.close()
    assert calls == [1, 1]
    assert dropped("not_stored") == before + 1
