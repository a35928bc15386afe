"""Whose feed shows what, and until when."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from dyno_core.accounts.roles import OPERATOR, Actor, Role
from dyno_core.accounts.users import set_disabled
from dyno_core.audit import Names, Origin, in_words, latest
from dyno_core.booking import cancel_allocation
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput, NotFound, NotSignedIn
from dyno_core.feeds import MOST_FEEDS, create_feed, events_of, list_feeds, open_feed, revoke_feed
from dyno_core.maintenance import plan_maintenance
from dyno_core.period import Period
from tests.builders import OPERATOR_ORIGIN, TODAY, book, given_dyno, given_vehicle, in_days, rows
from tests.fixtures.app import given_user


@pytest.fixture
def engineer(fresh_database: Database) -> Actor:
    return given_user(fresh_database, role=Role.ENGINEER)


def by(actor: Actor) -> Origin:
    return Origin(actor, "calendar")


def execute(database: Database, statement: str, **values: object) -> None:
    with database.writing() as session:
        session.execute(text(statement), values)


def shown(database: Database, actor: Actor, **subject: int) -> list[str]:
    made = create_feed(database, by(actor), **subject)
    return [event.allocation.what for event in events_of(database, made.feed, today=TODAY)]


def test_a_dyno_s_feed_has_its_tests_and_its_maintenance(fresh_database: Database, engineer: Actor) -> None:
    dyno, other = given_dyno(fresh_database, "N1"), given_dyno(fresh_database, "N2")
    first, second = (given_vehicle(fresh_database, tag=tag) for tag in ("T1", "T2"))
    book(fresh_database, first, start=in_days(1), dyno="N1")
    gone = book(fresh_database, second, start=in_days(10), dyno="N1")
    cancel_allocation(fresh_database, OPERATOR_ORIGIN, gone.id, reason="late", version=gone.version)
    book(fresh_database, second, start=in_days(10), dyno="N2")
    plan_maintenance(
        fresh_database, OPERATOR_ORIGIN, dyno="N1", period=Period(in_days(20), in_days(21)),
        category="calibration", reason="yearly", today=TODAY,
    )  # fmt: skip
    feed = create_feed(fresh_database, by(engineer), dyno_id=dyno).feed

    events = events_of(fresh_database, feed, today=TODAY)

    assert [(one.allocation.what, one.reason) for one in events] == [("T1 (brake)", ""), ("maintenance", "yearly")]
    assert events_of(fresh_database, feed, today=in_days(120)) == ()
    assert shown(fresh_database, engineer, dyno_id=other) == ["T2 (brake)"]


def test_a_vehicle_s_feed_follows_it_into_the_record_it_was_merged_into(
    fresh_database: Database, engineer: Actor
) -> None:
    given_dyno(fresh_database, "N1")
    vehicle, twin = given_vehicle(fresh_database, tag="T1"), given_vehicle(fresh_database, tag="T1B")
    book(fresh_database, vehicle, start=in_days(1))
    feed = create_feed(fresh_database, by(engineer), vehicle_id=twin).feed
    assert events_of(fresh_database, feed, today=TODAY) == ()

    execute(fresh_database, "UPDATE vehicles SET merged_into_id = :kept WHERE id = :gone", kept=vehicle, gone=twin)

    assert [one.allocation.tag for one in events_of(fresh_database, feed, today=TODAY)] == ["T1"]


def test_a_person_s_feed_has_what_they_booked_and_the_vehicles_they_are_the_contact_of(
    fresh_database: Database, engineer: Actor
) -> None:
    given_dyno(fresh_database, "N1")
    own, mine, others, imported = (given_vehicle(fresh_database, tag=tag) for tag in ("own", "mine", "others", "imp"))
    execute(fresh_database, "UPDATE vehicles SET contact = ' engineer ' WHERE id = :id", id=mine)
    book(fresh_database, own, start=in_days(1), origin=by(engineer))
    book(fresh_database, mine, start=in_days(10))
    book(fresh_database, others, start=in_days(20))
    book(fresh_database, imported, start=in_days(30), origin=Origin(engineer, "import"))

    assert shown(fresh_database, engineer) == ["own (brake)", "mine (brake)"]


def test_only_the_hash_of_the_secret_is_stored_and_each_secret_is_another_one(
    fresh_database: Database, engineer: Actor
) -> None:
    first, second = (create_feed(fresh_database, by(engineer)).token for _ in range(2))

    assert first != second
    assert len(first) == 43
    everything = str(rows(fresh_database, "SELECT * FROM calendar_feeds")) + str(
        rows(fresh_database, "SELECT * FROM audit_log")
    )
    assert first not in everything
    found = open_feed(fresh_database, first)
    assert found is not None
    assert found.label == "Vehicles of Engineer"


def test_use_is_noted_and_revoking_ends_it_at_once(fresh_database: Database, engineer: Actor) -> None:
    made = create_feed(fresh_database, by(engineer))
    (before,) = list_feeds(fresh_database, engineer)
    open_feed(fresh_database, made.token)
    (after,) = list_feeds(fresh_database, engineer)
    assert (before.last_used_at, after.last_used_at is not None) == (None, True)

    stranger = given_user(fresh_database, role=Role.ADMIN)
    assert list_feeds(fresh_database, stranger) == ()
    with pytest.raises(NotFound):
        revoke_feed(fresh_database, by(stranger), made.feed.id)
    assert open_feed(fresh_database, made.token) is not None

    revoke_feed(fresh_database, by(engineer), made.feed.id)
    revoke_feed(fresh_database, by(engineer), made.feed.id)
    assert open_feed(fresh_database, made.token) is None
    assert list_feeds(fresh_database, engineer) == ()
    assert [in_words(entry, Names()) for entry in latest(fresh_database)] == [
        "revoked calendar feed Vehicles of Engineer",
        "made calendar feed Vehicles of Engineer",
    ]


def test_no_feed_outlives_its_owner_s_account(fresh_database: Database, engineer: Actor) -> None:
    made = create_feed(fresh_database, by(engineer))
    set_disabled(fresh_database, OPERATOR_ORIGIN, email=engineer.email, disabled=True)
    assert open_feed(fresh_database, made.token) is None
    with pytest.raises(NotSignedIn):
        create_feed(fresh_database, by(engineer))

    set_disabled(fresh_database, OPERATOR_ORIGIN, email=engineer.email, disabled=False)
    assert open_feed(fresh_database, made.token) is None


def test_a_feed_is_of_something_there_is_and_of_somebody_with_an_account(
    fresh_database: Database, engineer: Actor
) -> None:
    for subject in ({"dyno_id": 99}, {"vehicle_id": 99}):
        with pytest.raises(NotFound):
            create_feed(fresh_database, by(engineer), **subject)
    with pytest.raises(NotSignedIn):
        create_feed(fresh_database, by(OPERATOR))


def test_there_is_a_most_of_feeds_that_a_revoked_one_makes_room_in(fresh_database: Database, engineer: Actor) -> None:
    made = [create_feed(fresh_database, by(engineer)) for _ in range(MOST_FEEDS)]
    with pytest.raises(InvalidInput, match="the most there can be; revoke one first"):
        create_feed(fresh_database, by(engineer))

    revoke_feed(fresh_database, by(engineer), made[0].feed.id)
    create_feed(fresh_database, by(engineer))


def test_what_is_over_for_a_month_is_left_out(fresh_database: Database, engineer: Actor) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database, tag="T1")
    last = book(fresh_database, vehicle, start=in_days(1)).end_date
    feed = create_feed(fresh_database, by(engineer), vehicle_id=vehicle).feed

    assert len(events_of(fresh_database, feed, today=last + timedelta(days=31))) == 1
    assert events_of(fresh_database, feed, today=last + timedelta(days=32)) == ()
