from datetime import date
from typing import Any

import pytest

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import Origin
from dyno_core.booking import confirm_allocation, get_allocation
from dyno_core.booking.errors import DynoBusy, Unchanged
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput, NotAllowed, NotSignedIn, StaleVersion
from dyno_core.fleet import DynoNotFound
from dyno_core.maintenance import (
    CATEGORIES,
    AlreadyInMaintenance,
    MaintenanceHitsAllocations,
    MaintenanceNotFound,
    Outage,
    cancel_maintenance,
    end_maintenance,
    list_windows,
    plan_maintenance,
)
from dyno_core.period import Period
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, book, given_dyno, given_user, given_vehicle, in_days, overlapping_pairs
from tests.database.booking.support import audited, refused


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    given_dyno(fresh_database, "N1", preference=1)
    given_dyno(fresh_database, "N2", preference=2)
    return fresh_database


def _planned(database: Database, start: int = 0, days: int = 5, **changes: Any) -> Outage:
    wish = {"dyno": "N1", "period": Period.of(in_days(start), days), "category": "planned", "today": TODAY} | changes
    return plan_maintenance(database, wish.pop("by", BY), **wish)


def test_a_window_is_kept_as_it_was_planned(lab: Database) -> None:
    outage = _planned(lab, category="calibration", reason="yearly", recurrence="every 12 months", dyno="n1")

    window = outage.window
    assert outage.displaced == ()
    assert (window.dyno, window.period, window.status) == ("N1", Period.of(TODAY, 5), "scheduled")
    assert (window.category, window.reason, window.recurrence) == ("calibration", "yearly", "every 12 months")
    assert list_windows(lab) == (window,)
    after = {
        "dyno": "N1",
        "start_date": "2026-11-24",
        "end_date": "2026-11-28",
        "category": "calibration",
        "displaced": [],
    }
    assert audited(lab) == [("maintain", "maintenance", None, after, "yearly", "operator")]


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_is_accepted_by_code_and_database(lab: Database, category: str) -> None:
    assert _planned(lab, category=category).window.category == category


def test_a_planned_window_gives_way_to_what_is_booked(lab: Database) -> None:
    booked = [book(lab, given_vehicle(lab, tag=f"A{n}"), dyno="N1", start=in_days(n), days=1) for n in range(4)]

    says = (
        f"N1 is taken on some days of Tue 24 Nov 2026 to Sat 28 Nov 2026 by A0 (brake) on Tue 24 Nov 2026 "
        f"(allocation {booked[0].id}), "
    )
    with refused(lab, MaintenanceHitsAllocations, code="maintenance_hits_allocations", says=says) as caught:
        _planned(lab)
    assert "and 1 more; move them first, choose other days, or displace them." in str(caught.value)
    assert [hit["id"] for hit in caught.value.facts["hits"]] == [one.id for one in booked]


@pytest.mark.parametrize("how", [{"category": "breakdown"}, {"displace": True}])
def test_a_breakdown_and_a_forced_window_displace_what_is_booked(lab: Database, how: dict[str, Any]) -> None:
    hit = book(lab, given_vehicle(lab), dyno="N1", start=in_days(4))
    spared = book(lab, given_vehicle(lab), dyno="N1", start=in_days(7))
    elsewhere = book(lab, given_vehicle(lab), dyno="N2", start=in_days(4))

    outage = _planned(lab, reason="bearing", **how)

    assert [one.id for one in outage.displaced] == [hit.id]
    displaced = get_allocation(lab, hit.id)
    assert (displaced.disputed, displaced.status, displaced.version) == (True, "scheduled", 2)
    assert not get_allocation(lab, spared.id).disputed
    assert not get_allocation(lab, elsewhere.id).disputed
    assert overlapping_pairs(lab) == 0
    category = how.get("category", "planned")
    assert audited(lab)[3:] == [
        (
            "maintain",
            "maintenance",
            None,
            {
                "dyno": "N1",
                "start_date": "2026-11-24",
                "end_date": "2026-11-28",
                "category": category,
                "displaced": [hit.id],
            },
            "bearing",
            "operator",
        ),
        ("displace", "allocation", {"disputed": False}, {"disputed": True}, f"{category} of N1: bearing", "operator"),
    ]


def test_only_a_breakdown_gets_along_with_another_window(lab: Database) -> None:
    _planned(lab)

    for how in ({}, {"displace": True}):
        with refused(
            lab, MaintenanceHitsAllocations, code="maintenance_hits_allocations", says="by maintenance from Tue"
        ) as caught:
            _planned(lab, **how)
        assert str(caught.value).endswith("change that window first or choose other days.")


def test_a_breakdown_takes_the_days_that_other_windows_leave_and_tells_the_rest(lab: Database) -> None:
    planned = _planned(lab, start=2, days=2, category="calibration").window
    hit = book(lab, given_vehicle(lab), dyno="N1", start=in_days(4))

    outage = _planned(lab, start=0, days=9, category="breakdown", reason="bearing")

    assert [window.period for window in outage.windows] == [Period.of(TODAY, 2), Period.of(in_days(4), 5)]
    assert [window.category for window in outage.windows] == ["breakdown", "breakdown"]
    assert outage.covered_by == (planned,)
    assert [one.id for one in outage.displaced] == [hit.id]
    assert outage.sentence == (
        "N1 is in maintenance for Tue 24 Nov 2026 to Wed 25 Nov 2026 and Sat 28 Nov 2026 to Wed 2 Dec 2026. "
        f"The other days were covered already: window {planned.id}, calibration from Thu 26 Nov 2026 to "
        "Fri 27 Nov 2026. 1 displaced: see the conflicts."
    )
    told = [(row[0], row[3].get("displaced")) for row in audited(lab)[2:]]
    assert told == [("maintain", []), ("maintain", [hit.id]), ("displace", None)]
    assert overlapping_pairs(lab) == 0


def test_a_breakdown_on_days_that_are_all_covered_stores_nothing_and_says_what_covers_them(lab: Database) -> None:
    one, two = _planned(lab, days=3).window, _planned(lab, start=3, days=3).window

    says = f"N1 is in maintenance from Wed 25 Nov 2026 to Sat 28 Nov 2026 already (window {one.id}, planned from Tue"
    with refused(lab, AlreadyInMaintenance, code="already_in_maintenance", says=says) as caught:
        _planned(lab, start=1, days=4, category="breakdown")
    assert caught.value.windows == (one, two)


def test_a_breakdown_that_takes_longer_stops_at_the_next_window(lab: Database) -> None:
    broken = _planned(lab, category="breakdown").window
    _planned(lab, start=9)

    with refused(
        lab, MaintenanceHitsAllocations, code="maintenance_hits_allocations", says="change that window first or choose"
    ):
        end_maintenance(lab, BY, broken.id, last_day=in_days(10))
    assert end_maintenance(lab, BY, broken.id, last_day=in_days(8)).end_date == in_days(8)


def test_a_window_that_gets_the_end_it_has_is_not_written(lab: Database) -> None:
    window = _planned(lab).window

    with refused(lab, Unchanged, code="unchanged", says="Sat 28 Nov 2026 is the last day of maintenance window"):
        end_maintenance(lab, BY, window.id, last_day=window.end_date)


def test_a_vehicle_is_not_booked_into_a_window(lab: Database) -> None:
    _planned(lab)
    vehicle = given_vehicle(lab)

    with refused(lab, DynoBusy, code="dyno_busy", says="N1 is taken by maintenance"):
        book(lab, vehicle, dyno="N1")
    assert book(lab, vehicle).dyno == "N2"


@pytest.mark.parametrize(
    ("wish", "kind", "says"),
    [
        ({"category": "holiday"}, InvalidInput, "“holiday” is not a category of maintenance; choose planned"),
        ({"dyno": "N9"}, DynoNotFound, "There is no dyno “N9”"),
        ({"dyno": "\0"}, DynoNotFound, "There is no dyno"),
        ({"period": Period(date(1999, 1, 1), date(1999, 1, 2))}, InvalidInput, "outside the years 2000 to 2099"),
        ({"period": Period(date(2100, 1, 1), date(2100, 1, 2))}, InvalidInput, "outside the years 2000 to 2099"),
        ({"period": Period(TODAY, in_days(400))}, InvalidInput, "401 days can't be planned"),
        ({"reason": "a\0b"}, InvalidInput, "The reason holds a character"),
        ({"reason": "x" * 10_000}, InvalidInput, "The reason has 10,000 characters"),
        ({"recurrence": "a\0b"}, InvalidInput, "The recurrence holds a character"),
    ],
)
def test_a_window_that_can_not_be_meant_is_refused(lab: Database, wish: dict[str, Any], kind: Any, says: str) -> None:
    with refused(lab, kind, code=kind.code, says=says):
        _planned(lab, **wish)


def test_a_window_that_ends_early_frees_the_days_behind_it(lab: Database) -> None:
    window = _planned(lab).window

    ended = end_maintenance(lab, BY, window.id, last_day=in_days(1), reason="back sooner")

    assert (ended.end_date, ended.version) == (in_days(1), 2)
    assert audited(lab)[1:] == [
        (
            "change maintenance",
            "maintenance",
            {"end_date": "2026-11-28"},
            {"end_date": "2026-11-25"},
            "back sooner",
            "operator",
        )
    ]
    assert book(lab, given_vehicle(lab), dyno="N1", start=in_days(2)).dyno == "N1"


def test_a_planned_window_that_takes_longer_gives_way_and_a_breakdown_displaces(lab: Database) -> None:
    planned, broken = _planned(lab).window, _planned(lab, dyno="N2", category="breakdown").window
    book(lab, given_vehicle(lab), dyno="N1", start=in_days(6))
    hit = book(lab, given_vehicle(lab), dyno="N2", start=in_days(6))

    with refused(lab, MaintenanceHitsAllocations, code="maintenance_hits_allocations", says="N1 is taken on some days"):
        end_maintenance(lab, BY, planned.id, last_day=in_days(7))
    longer = end_maintenance(lab, BY, broken.id, last_day=in_days(7), reason="no parts")

    assert longer.end_date == in_days(7)
    assert get_allocation(lab, hit.id).disputed
    assert [row[0] for row in audited(lab)][-2:] == ["displace", "change maintenance"]
    assert overlapping_pairs(lab) == 0


def test_an_end_that_can_not_be_is_refused(lab: Database) -> None:
    window, cancelled = _planned(lab).window, _planned(lab, start=50).window
    cancel_maintenance(lab, BY, cancelled.id)

    with refused(lab, InvalidInput, code="invalid_input", says="The last day lies before the window starts"):
        end_maintenance(lab, BY, window.id, last_day=in_days(-1))
    with refused(lab, InvalidInput, code="invalid_input", says="days can't be planned"):
        end_maintenance(lab, BY, window.id, last_day=date.max)
    with refused(lab, InvalidInput, code="invalid_input", says="is cancelled already; plan a new one instead."):
        end_maintenance(lab, BY, cancelled.id, last_day=in_days(51))
    with refused(lab, InvalidInput, code="invalid_input", says="The reason holds"):
        end_maintenance(lab, BY, window.id, last_day=in_days(1), reason="\0")


def test_a_cancelled_window_frees_the_dyno_and_those_it_displaced_can_come_back(lab: Database) -> None:
    hit = book(lab, given_vehicle(lab), dyno="N1")
    window = _planned(lab, category="breakdown").window

    gone = cancel_maintenance(lab, BY, window.id, reason="false alarm")

    assert (gone.status, gone.version) == ("cancelled", 2)
    assert get_allocation(lab, hit.id).disputed
    assert not confirm_allocation(lab, BY, hit.id).disputed
    assert list_windows(lab) == ()
    assert list_windows(lab, include_cancelled=True) == (gone,)
    assert cancel_maintenance(lab, BY, window.id) == gone
    assert [row[:5] for row in audited(lab) if row[0] == "cancel maintenance"] == [
        ("cancel maintenance", "maintenance", {"status": "scheduled"}, {"status": "cancelled"}, "false alarm")
    ]


def test_windows_are_listed_by_days_and_dyno(lab: Database) -> None:
    later, sooner = _planned(lab, start=20).window, _planned(lab, dyno="N2").window

    assert list_windows(lab) == (sooner, later)
    assert list_windows(lab, period=Period(in_days(24), in_days(40))) == (later,)
    assert list_windows(lab, period=Period(in_days(25), in_days(40))) == ()
    assert list_windows(lab, dyno_id=sooner.dyno_id) == (sooner,)


@pytest.mark.parametrize("number", [0, -1, 999, 2**63, 2**70])
def test_a_window_nobody_planned_is_refused(lab: Database, number: int) -> None:
    says = f"There is no maintenance window {number};"
    with refused(lab, MaintenanceNotFound, code="maintenance_not_found", says=says):
        cancel_maintenance(lab, BY, number)
    with refused(lab, MaintenanceNotFound, code="maintenance_not_found", says=says):
        end_maintenance(lab, BY, number, last_day=TODAY)


def test_a_test_is_no_window(lab: Database) -> None:
    one = book(lab, given_vehicle(lab))

    with refused(lab, MaintenanceNotFound, code="maintenance_not_found", says=f"no maintenance window {one.id}"):
        cancel_maintenance(lab, BY, one.id)


def test_a_stale_edit_of_a_window_is_refused(lab: Database) -> None:
    window = _planned(lab).window
    end_maintenance(lab, BY, window.id, last_day=in_days(2))

    with refused(lab, StaleVersion, code="stale", says=f"Maintenance window {window.id} was changed by someone else"):
        end_maintenance(lab, BY, window.id, last_day=in_days(1), version=1)
    with refused(lab, StaleVersion, code="stale", says="was changed by someone else"):
        cancel_maintenance(lab, BY, window.id, version=1)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ENGINEER, Role.MANAGER])
def test_only_planners_plan_maintenance(lab: Database, role: Role) -> None:
    window = _planned(lab).window
    by = Origin(given_user(lab, role), "calendar")

    for change in (
        lambda: _planned(lab, start=9, by=by),
        lambda: end_maintenance(lab, by, window.id, last_day=TODAY),
        lambda: cancel_maintenance(lab, by, window.id),
    ):
        with refused(lab, NotAllowed, code="not_allowed", says="does not allow you to plan maintenance; ask a planner"):
            change()


def test_a_disabled_planner_plans_nothing_and_a_planner_does(lab: Database) -> None:
    with refused(lab, NotSignedIn, code="not_signed_in", says="sign in again"):
        _planned(lab, by=Origin(given_user(lab, Role.PLANNER, disabled=True), "calendar"))
    planner = given_user(lab, Role.PLANNER)
    assert _planned(lab, by=Origin(planner, "admin")).window.created_by == planner.email
