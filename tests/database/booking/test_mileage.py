"""An allocation keeps its miles: booked with them, edited with them, taken back with them."""

import pytest
from sqlalchemy import text

from dyno_core.booking import (
    Mileage,
    RequestDraft,
    Step,
    allocate_vehicle,
    file_requests,
    get_allocation,
    list_desk,
    move_together,
    place_request,
)
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput
from dyno_core.period import Period
from tests.builders import OPERATOR_ORIGIN, TODAY, book, given_dyno, given_vehicle, in_days
from tests.database.booking.support import audited

FIVE_THOUSAND = Mileage(5_000)
"""7 days at 750 a day."""


@pytest.fixture
def vehicle(fresh_database: Database) -> int:
    given_dyno(fresh_database, "N1", tests=("brake", "long"))
    with fresh_database.writing() as session:
        session.execute(text("UPDATE test_types SET fixed_days = 21 WHERE name = 'long'"))
    return given_vehicle(fresh_database, tag="T-7")


def _booked(database: Database, vehicle: int, *, days: int = 7, test: str = "brake", mileage: Mileage) -> int:
    return allocate_vehicle(
        database, OPERATOR_ORIGIN, vehicle_id=vehicle, start_date=in_days(1), days=days, test_type=test, today=TODAY,
        mileage=mileage,
    ).id  # fmt: skip


def test_edited_miles_are_kept_with_the_days_they_take_and_both_go_back_together(
    fresh_database: Database, vehicle: int
) -> None:
    number = _booked(fresh_database, vehicle, mileage=FIVE_THOUSAND)
    longer = Mileage(5_000, per_day=350, added_days=0.5)

    moved = move_together(
        fresh_database, OPERATOR_ORIGIN,
        [Step(number, 1, Period.of(in_days(1), 15), "N1", mileage=longer)], today=TODAY,
    )  # fmt: skip

    assert (moved.after[0].mileage, moved.after[0].days) == (longer, 15)
    assert audited(fresh_database)[-1][3]["miles_per_day"] == 350
    move_together(fresh_database, OPERATOR_ORIGIN, moved.back, today=TODAY)
    now = get_allocation(fresh_database, number)
    assert (now.mileage, now.days) == (FIVE_THOUSAND, 7)


def test_a_move_is_taken_back_whatever_the_miles_are(fresh_database: Database, vehicle: int) -> None:
    number = book(fresh_database, vehicle, start=in_days(1)).id
    with fresh_database.writing() as session:  # as an import of long ago stored them
        session.execute(text("UPDATE allocations SET miles = 2000000"))
    moved = move_together(
        fresh_database, OPERATOR_ORIGIN, [Step(number, 1, Period.of(in_days(9), 3), "N1")], today=TODAY
    )
    assert move_together(fresh_database, OPERATOR_ORIGIN, moved.back, today=TODAY).after[0].start_date == in_days(1)


def test_a_move_leaves_the_miles_as_they_are_and_miles_alone_are_a_change_too(
    fresh_database: Database, vehicle: int
) -> None:
    number = _booked(fresh_database, vehicle, mileage=FIVE_THOUSAND)

    moved = move_together(
        fresh_database, OPERATOR_ORIGIN, [Step(number, 1, Period.of(in_days(3), 7), "N1")], today=TODAY
    )
    assert moved.after[0].mileage == FIVE_THOUSAND
    forgotten = move_together(
        fresh_database, OPERATOR_ORIGIN, [Step(number, 2, moved.after[0].period, "N1", mileage=Mileage())], today=TODAY
    )
    assert (forgotten.after[0].mileage, forgotten.after[0].period) == (Mileage(), moved.after[0].period)


@pytest.mark.parametrize(
    "impossible", [Mileage(-1), Mileage(float("nan")), Mileage(5_000, per_day=0), Mileage(None, per_day=350)]
)
def test_impossible_miles_are_refused_in_words_and_store_nothing(
    fresh_database: Database, vehicle: int, impossible: Mileage
) -> None:
    one = book(fresh_database, vehicle, start=in_days(30))
    with pytest.raises(InvalidInput, match=r"can't be planned|no test ends|need the miles"):
        _booked(fresh_database, vehicle, mileage=impossible)
    with pytest.raises(InvalidInput, match=r"can't be planned|no test ends|need the miles"):
        move_together(
            fresh_database, OPERATOR_ORIGIN, [Step(one.id, 1, one.period, "N1", mileage=impossible)], today=TODAY
        )
    assert get_allocation(fresh_database, one.id).version == 1


def test_a_placed_request_hands_its_miles_on_and_only_other_miles_make_other_days_right(
    fresh_database: Database, vehicle: int
) -> None:
    """The request was filed for 9 days in spite of its 7 days of miles, which is no wrong length."""
    draft = RequestDraft("brake", in_days(1), 9, miles=5_000)
    (request,) = file_requests(fresh_database, OPERATOR_ORIGIN, draft, vehicle_id=vehicle)
    placed = place_request(fresh_database, OPERATOR_ORIGIN, request.id, today=TODAY)
    assert placed.mileage == FIVE_THOUSAND
    assert list_desk(fresh_database, today=TODAY).open == ()

    step = Step(placed.id, placed.version, placed.period, "N1", mileage=Mileage(9_000, added_days=1))
    move_together(fresh_database, OPERATOR_ORIGIN, [step], today=TODAY)
    (wrong,) = list_desk(fresh_database, today=TODAY).open
    assert (wrong.kind, wrong.expected_days) == ("duration", 13)
    assert "its 9,000 miles take 13 days" in wrong.sentence


@pytest.mark.parametrize(
    ("mileage", "days", "test"),
    [
        (Mileage(5_000, added_days=0.3), 7, "brake"),
        (Mileage(5_000, added_days=0.4), 8, "brake"),
        (Mileage(0), 1, "brake"),
        (Mileage(2_100, per_day=700), 3, "brake"),
        (Mileage(5_000, added_days=2), 23, "long"),
        (Mileage(5_000, per_day=750), 7, "long"),
    ],
)
def test_the_conflict_desk_counts_the_days_of_miles_as_the_forms_do(
    fresh_database: Database, vehicle: int, mileage: Mileage, days: int, test: str
) -> None:
    number = _booked(fresh_database, vehicle, days=days, test=test, mileage=mileage)
    assert list_desk(fresh_database, today=TODAY).open == ()

    one = get_allocation(fresh_database, number)
    step = Step(number, 1, Period.of(one.start_date, days + 1), "N1")
    move_together(fresh_database, OPERATOR_ORIGIN, [step], today=TODAY)
    (wrong,) = list_desk(fresh_database, today=TODAY).open
    assert (wrong.kind, wrong.expected_days) == ("duration", days)
