"""Cells pasted from a spreadsheet: previewed row by row, created all together, never twice."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

import pytest
from sqlalchemy import text

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import Origin
from dyno_core.booking import cancel_allocation, list_allocations, list_requests, place_request
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput, NotAllowed
from dyno_core.fleet import get_test_type, get_vehicle, merge_vehicles, retire_test_type, retire_vehicle
from dyno_core.workbook import (
    Made,
    PasteChanged,
    PasteReport,
    PasteStale,
    PasteTakenBack,
    create_pasted,
    last_paste,
    preview_paste,
    undo_paste,
)
from dyno_core.workbook.paste_undo import TAKEN_BACK
from tests.builders import OPERATOR_ORIGIN, book, given_dyno, given_user, given_vehicle, scalar, until_waiting
from tests.database.workbook.support import changed_tables, dump, imported
from tests.fixtures.workbooks import HEADINGS, a_request, a_row, a_workbook

TODAY = date(2026, 4, 20)
ORIGIN = Origin(OPERATOR_ORIGIN.actor, "planner")

HEADED = "Test\tTEST FACILITY\tDYNO\tTag #\tEstimated Start\tProjected End Date\t><10K\tAWD/2WD"
TABLE = "\n".join(
    (
        HEADED,
        "brake\tNorth\tN1\t100W100\t5/4/2026\t5/10/2026\t<10K\t2WD",
        "Brake\t\t\t200W200\t2026-05-04\t2026-05-06\t>10K\tAWD",
    )
)


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    """Two dynos at North for brake, N2 for light vehicles only."""
    given_dyno(fresh_database, "N1", preference=1)
    given_dyno(fresh_database, "N2", preference=2, weights=("<10K",))
    return fresh_database


def preview(database: Database, pasted: str, **more: object) -> PasteReport:
    return preview_paste(database, ORIGIN, pasted, today=TODAY, **more)  # type: ignore[arg-type]


def create(database: Database, pasted: str, **more: object) -> PasteReport:
    agreed = preview(database, pasted, **more).fingerprint
    return create_pasted(database, ORIGIN, pasted, today=TODAY, expected=agreed, **more)  # type: ignore[arg-type]


def table(*lines: Sequence[str], heading: str = HEADED) -> str:
    return "\n".join((heading, *("\t".join(line) for line in lines)))


def outcomes(report: PasteReport) -> list[str]:
    return [row.outcome for row in report.rows]


def test_each_row_becomes_what_its_sentence_says_with_an_audit_row_of_its_own(lab: Database) -> None:
    before = dump(lab)
    report = preview(lab, TABLE)

    assert changed_tables(before, dump(lab)) == {}
    assert [(row.number, row.outcome, row.sentence) for row in report.rows] == [
        (
            2,
            "allocation",
            "Stands on N1 from Mon 4 May 2026 to Sun 10 May 2026, for a vehicle that is new to the app (<10K, 2WD).",
        ),
        (
            3,
            "request",
            "Becomes a request from Mon 4 May 2026 to Wed 6 May 2026, for a vehicle that is new to the app (>10K, AWD).",
        ),
    ]

    done = create(lab, TABLE)

    assert (done.created, done.creates, done.new_vehicles) == (True, 2, 2)
    (allocation,), (request,) = list_allocations(lab), list_requests(lab)
    assert (allocation.tag, allocation.dyno, allocation.start_date, allocation.end_date, allocation.source) == (
        "100W100", "N1", date(2026, 5, 4), date(2026, 5, 10), "planner",
    )  # fmt: skip
    assert (request.tag, request.test_type, request.weight_class, request.drive_type) == (
        "200W200", "brake", ">10K", "AWD",
    )  # fmt: skip
    with lab.reading() as session:
        told = session.execute(text("SELECT action, entity, reason FROM audit_log ORDER BY entity, entity_id")).all()
    assert [tuple(row) for row in told] == [
        ("book", "allocation", "row 2 of a paste from a spreadsheet"),
        ("request", "request", "row 3 of a paste from a spreadsheet"),
        ("add", "vehicle", ""),
        ("add", "vehicle", ""),
    ]


def test_what_was_pasted_is_never_created_twice_however_it_is_spelled(lab: Database) -> None:
    create(lab, TABLE)
    before = dump(lab)
    otherwise = TABLE.replace("5/4/2026", "4-May-26").replace("2026-05-06", "6 May 2026").replace("brake", "BRAKE")

    report = create(lab, otherwise)

    assert [row.sentence for row in report.rows] == [
        "It is in the plan already as allocation 1; nothing is done.",
        "It is in the plan already as request 1; nothing is done.",
    ]
    assert not report.created
    assert changed_tables(before, dump(lab)) == {}


def test_a_second_click_creates_nothing_and_is_no_error(lab: Database) -> None:
    agreed = preview(lab, TABLE).fingerprint
    first = create_pasted(lab, ORIGIN, TABLE, today=TODAY, expected=agreed)
    again = create_pasted(lab, ORIGIN, TABLE, today=TODAY, expected=agreed)

    assert (first.created, again.created, again.count("there")) == (True, False, 2)
    assert len(list_allocations(lab)) == 1


def test_what_was_called_off_since_can_be_pasted_again(lab: Database) -> None:
    create(lab, TABLE)
    cancel_allocation(lab, ORIGIN, 1, reason="late")

    report = create(lab, TABLE)

    assert outcomes(report) == ["allocation", "there"]
    assert len(list_allocations(lab, statuses=["scheduled"])) == 1


def test_alike_units_are_as_many_vehicles_and_no_more_when_pasted_again(lab: Database) -> None:
    unit = ("brake", "", "", "TBD", "5/4/2026", "5/6/2026", "<10K", "2WD")
    assert create(lab, table(unit, unit)).new_vehicles == 2

    report = create(lab, table(unit, unit, unit))

    assert outcomes(report) == ["there", "there", "request"]
    assert len(list_requests(lab)) == 3
    assert scalar(lab, "SELECT count(*) FROM vehicles") == 3


def test_units_that_a_workbook_brought_are_not_asked_for_again(fresh_database: Database) -> None:
    unit = a_request(tag="TBD-2028 P-R4", estimated=datetime(2027, 5, 4), projected=datetime(2027, 5, 6))
    imported(fresh_database, a_workbook([unit, unit]))
    row = ("4K certification", "", "", "TBD-2028 P-R4", "5/4/2027", "5/6/2027", "<10K", "2WD")

    report = preview(fresh_database, table(row, row, row))

    assert outcomes(report) == ["there", "there", "request"]


def test_a_preview_that_holds_no_more_creates_nothing(lab: Database) -> None:
    agreed = preview(lab, TABLE).fingerprint
    stranger = book(lab, given_vehicle(lab), start=date(2026, 5, 8), dyno="N1", today=TODAY)
    before = dump(lab)

    with pytest.raises(PasteStale, match="was changed since this preview"):
        create_pasted(lab, ORIGIN, TABLE, today=TODAY, expected=agreed)

    assert changed_tables(before, dump(lab)) == {}
    refused = preview(lab, TABLE).rows[0]
    assert refused.outcome == "refused"
    assert refused.sentence == (
        f"{stranger.vehicle} on N1 from Fri 8 May 2026 to Sun 10 May 2026 (allocation {stranger.id}) is in the way; "
        "choose other days or another dyno."
    )
    as_request = preview(lab, TABLE, else_requests=True).rows[0]
    assert as_request.outcome == "request"
    assert as_request.sentence.endswith("is in the way; choose other days or another dyno.")
    create(lab, TABLE, else_requests=True)
    kept = next(one for one in list_requests(lab) if one.tag == "100W100")
    assert (kept.facility, kept.reason[-len("another dyno") :]) == ("North", "another dyno")


def test_a_known_vehicle_needs_its_name_only_and_the_days_follow_from_days_or_miles(lab: Database) -> None:
    given_vehicle(lab, tag="300W300", weight_class=">10K", drive_type="AWD")
    rows = (("300w300", "brake", "4 May 2026", "3", ""), ("300w300", "brake", "Mon 1 Jun 2026", "", "5,000"))
    pasted = table(*rows, heading="Vehicle\tTest type\tStart\tDays\tMiles")

    create(lab, pasted)

    first, second = sorted(list_requests(lab), key=lambda one: one.start_date)
    assert (first.vehicle_id, str(first.period)) == (1, "Mon 4 May 2026 to Wed 6 May 2026")
    assert (second.vehicle_id, str(second.period)) == (1, "Mon 1 Jun 2026 to Sun 7 Jun 2026")  # 5,000 ÷ 750 a day
    assert scalar(lab, "SELECT count(*) FROM vehicles") == 1


def test_nothing_is_pasted_for_what_is_retired(lab: Database) -> None:
    vehicle = given_vehicle(lab, tag="A1")
    given_dyno(lab, "N3", tests=("soak",))
    retire_vehicle(lab, ORIGIN, vehicle, version=1)
    retire_test_type(lab, ORIGIN, seen=get_test_type(lab, "soak"))
    report = preview(lab, table(("brake", "", "", "A1", "5/4/2026", "5/5/2026", "<10K", "AWD"),
                                ("soak", "", "", "B2", "5/4/2026", "5/5/2026", "<10K", "AWD")))  # fmt: skip
    assert outcomes(report) == ["refused", "refused"]
    assert [row.sentence.split(",")[0] for row in report.rows] == ["A1 is retired", "soak is retired"]


def test_days_and_miles_that_no_test_has_are_named_or_left_out(lab: Database) -> None:
    endless = ("A1", "brake", "2026-05-04", "", "1e300", "", "<10K", "AWD")
    rows = [endless, *(("B2", "brake", f"2026-0{at}-04", f"2026-0{at}-05", "", miles, "<10K", "AWD")
                       for at, miles in enumerate(("-5", "1e300", "900"), start=5))]  # fmt: skip
    report = create(lab, table(*rows, heading="Vehicle\tTest type\tStart\tEnd\tDays\tMiles\tWeight\tDrive"))
    assert report.rows[0].sentence == "1e+300 days can't be planned; give 1 to 366 days."
    assert [one.miles for one in list_requests(lab)] == [None, None, 900]


def test_columns_without_headings_are_known_by_what_stands_in_them(lab: Database) -> None:
    pasted = (
        "100W100\tbrake\t5/4/2026\t5/6/2026\t<10K\t2WD\tNorth\tN1\n200W200\tbrake\t5/5/2026\t5/7/2026\t<10K\tAWD\t\t"
    )
    report = preview(lab, pasted)
    assert report.headings is None
    assert report.fields == ("tag", "test", "estimated", "projected", "weight", "drive", "facility", "dyno")
    assert outcomes(report) == ["allocation", "request"]

    corrected = (None, "test", "estimated", "projected", "weight", "drive", None, "tag")
    assert [row.vehicle for row in preview(lab, pasted, fields=corrected).rows] == ["N1", "future vehicle"]


def test_rows_of_the_planning_workbook_are_read_with_and_without_their_headings(lab: Database) -> None:
    row = a_row(test="brake", facility="North", dyno="N1", days=6.67, notes='He said "soon",\nperhaps')
    cells = [_shown(row.get(heading)) for heading in HEADINGS]
    for pasted in ("\t".join(HEADINGS) + "\r\n" + "\t".join(cells) + "\r\n", "\t".join(cells)):
        (told,) = preview(lab, pasted).rows
        assert (told.outcome, told.vehicle, told.dyno) == ("allocation", "100W100", "N1")
        assert (told.first_day, told.last_day) == (date(2026, 5, 4), date(2026, 5, 10))


def _shown(value: object) -> str:
    """As a spreadsheet copies it."""
    if isinstance(value, date):
        return f"{value.month}/{value.day}/{value.year}"
    told = "" if value is None else str(value)
    return f'"{told.replace(chr(34), chr(34) * 2)}"' if "\n" in told else told


SOUND = ("brake", "North", "N1", "100W100", "5/4/2026", "5/10/2026", "<10K", "2WD")


BAD: tuple[tuple[dict[int, str], str], ...] = (
    ({4: "2026-02-31"}, "“2026-02-31” is not a day of 2000 to 2099; write it as 2026-03-09."),
    ({4: "31/12/2026"}, "“31/12/2026” is not a day of 2000 to 2099"),
    ({4: "soon"}, "“soon” is not a day"),
    ({4: "#REF!"}, "is not a day"),
    ({4: ""}, "The first day is missing"),
    ({5: ""}, "The last day is missing, and with it the days and the miles"),
    ({5: "5/1/2026"}, "The test ends before it starts"),
    ({5: "5/10/2028"}, "days are more than the 366 that can be planned"),
    ({4: "4/1/2026"}, "Wed 1 Apr 2026 is already past (today is Mon 20 Apr 2026)"),
    ({0: "warp"}, "“warp”: The test is not one the lab knows"),
    ({0: ""}, "The test is missing"),
    ({2: "N9"}, "“N9”: No dyno has this name"),
    ({1: "", 2: "N9"}, "“N9”: No dyno has this name"),
    ({1: "South"}, "“N1”: No dyno has this name; check facility and dyno"),
    ({6: ""}, "The weight class is missing"),
    ({7: "RWD/AWD"}, "The drive can be read in two ways"),
    ({7: ""}, "The drive is missing here, and the app has none on record for this vehicle; write 2WD or AWD."),
    ({2: "N2", 6: ">10K"}, "N2 can't run brake for a vehicle with 2WD and >10K"),
    ({3: "V" * 90}, "The tag has more than 80 characters"),
    ({2: "", 1: "Mars"}, "There is no dyno at “Mars”; choose North"),
)
"""What is changed of `SOUND`, by column, and what is said of it."""


def test_a_row_that_can_become_nothing_says_why_and_the_others_are_created(lab: Database) -> None:
    rows = [
        tuple(cells.get(at, f"BAD{number}" if at == 3 else cell) for at, cell in enumerate(SOUND))
        for number, (cells, _) in enumerate(BAD)
    ]
    report = create(lab, table(*rows, ("brake", "", "", "B2", "5/4/2026", "5/5/2026", "<10K", "2WD")))

    assert outcomes(report) == [*["refused"] * len(BAD), "request"]
    for row, (_, said) in zip(report.rows, BAD, strict=False):
        assert said in row.sentence
    assert [one.tag for one in list_requests(lab)] == ["B2"]
    assert list_allocations(lab) == ()


def test_a_length_that_is_no_number_is_named_rather_than_a_last_day_that_nobody_meant_to_give(lab: Database) -> None:
    headings = "Tag #\tTest\tEstimated Start\tDays\tMiles\t><10K\tAWD/2WD\n"
    told = preview(lab, f"{headings}T1\tbrake\t5/4/2026\tthree\t\t<10K\t2WD\nT2\twarp\t5/4/2026\t\t5000\t<10K\t2WD\n")
    assert told.rows[0].sentence == "“three” is not a number of days; write it in digits, as 3."
    assert "is not a number" not in told.rows[1].sentence


def test_a_row_with_several_faults_names_all_of_them(lab: Database) -> None:
    given_vehicle(lab, tag="KNOWN1", weight_class=">10K", drive_type="AWD")
    report = preview(lab, table(("warp", "Mars", "N9", "KNOWN1", "soon", "#REF!", "", "2WD")))
    assert outcomes(report) == ["refused"]
    assert report.rows[0].sentence == (
        "“warp”: The test is not one the lab knows; check its spelling or add it to the test types. “soon” and “#REF!” "
        "are not days of 2000 to 2099; write it as 2026-03-09. “N9”: No dyno has this name; check facility and dyno. "
        "KNOWN1 is AWD in the app and 2WD here; correct one of the two. There is no dyno at “Mars”; choose North, or "
        "leave it out."
    )


def test_all_that_a_paste_created_is_taken_back_together_and_can_be_pasted_anew(lab: Database) -> None:
    given_vehicle(lab, tag="200W200", weight_class=">10K", drive_type=None)
    made = create(lab, TABLE).made
    assert [(one.kind, one.name) for one in made] == [
        ("vehicle", "100W100"), ("vehicle", "200W200"), ("request", "200W200"), ("allocation", "100W100"),
    ]  # fmt: skip

    found = last_paste(lab, ORIGIN.actor)
    assert found is not None
    assert {one.id: one for one in found.made if one.kind == "vehicle"} == {
        one.id: one for one in made if one.kind == "vehicle"
    }
    assert set(map(_known, found.made)) == set(map(_known, made))
    assert last_paste(lab, given_user(lab, Role.PLANNER)) is None
    undo_paste(lab, ORIGIN, found.made)

    assert last_paste(lab, ORIGIN.actor) is None
    assert [one.status for one in list_allocations(lab, statuses=["cancelled"])] == ["cancelled"]
    assert list_requests(lab) == ()
    new, known = (next(one.id for one in made if one.name == tag) for tag in ("100W100", "200W200"))
    assert (get_vehicle(lab, new).retired, get_vehicle(lab, known).drive_type) == (True, None)
    with lab.reading() as session:
        told = session.execute(text("SELECT action, entity FROM audit_log WHERE reason = :why"), {"why": TAKEN_BACK})
        assert sorted(map(tuple, told)) == [
            ("cancel", "allocation"), ("retire", "vehicle"), ("undo", "vehicle"), ("withdraw", "request"),
        ]  # fmt: skip

    before = dump(lab)
    with pytest.raises(PasteTakenBack, match=r"^This paste was taken back already, so nothing"):
        undo_paste(lab, ORIGIN, made)
    assert changed_tables(before, dump(lab)) == {}

    corrected = create(lab, TABLE.replace("<10K\t2WD", "<10K\tAWD"))

    assert outcomes(corrected) == ["allocation", "request"]
    again = get_vehicle(lab, new)
    assert (again.retired, again.drive_type) == (False, "AWD")
    assert scalar(lab, "SELECT count(*) FROM vehicles") == 2
    undo_paste(lab, ORIGIN, corrected.made)
    assert (get_vehicle(lab, new).retired, get_vehicle(lab, new).drive_type) == (True, "2WD")
    with pytest.raises(PasteTakenBack):
        undo_paste(lab, ORIGIN, made)


def _known(one: Made) -> tuple[str, int, int, str]:
    return one.kind, one.id, one.version, one.name


def test_a_paste_on_which_somebody_built_is_not_taken_back_at_all(lab: Database) -> None:
    made = create(lab, TABLE).made
    allocation, request = (next(one for one in made if one.kind == kind) for kind in ("allocation", "request"))
    placed = place_request(lab, ORIGIN, request.id, today=TODAY, dyno="N1", start_date=date(2026, 6, 1))
    assert last_paste(lab, ORIGIN.actor) is None
    before = dump(lab)
    with pytest.raises(PasteChanged, match=r"^Request 1 \(200W200\) was changed since it was pasted, so nothing"):
        undo_paste(lab, ORIGIN, made)
    assert changed_tables(before, dump(lab)) == {}

    cancel_allocation(lab, ORIGIN, placed.id, reason="late")
    rest = [one for one in made if one.name == "100W100"]
    book(lab, rest[0].id, start=date(2026, 7, 1), dyno="N1", today=TODAY)
    with pytest.raises(PasteChanged, match=r"^Vehicle 100W100 was given allocation \d+ since"):
        undo_paste(lab, ORIGIN, rest)
    with pytest.raises(NotAllowed):
        undo_paste(lab, Origin(given_user(lab, Role.ENGINEER), "planner"), [allocation])


def test_rows_of_one_paste_are_held_against_each_other_too(lab: Database) -> None:
    other = (*SOUND[:3], "200W200", "5/10/2026", "5/12/2026", *SOUND[6:])
    elsewhere = (*SOUND[:2], "N2", *SOUND[3:4], "5/9/2026", "5/9/2026", *SOUND[6:])
    report = preview(lab, table(SOUND, other, SOUND, elsewhere))

    assert outcomes(report) == ["allocation", "refused", "refused", "refused"]
    assert report.rows[1].sentence.startswith("Row 2 of this paste, on N1 from Mon 4 May 2026 to Sun 10 May 2026 is in")
    assert report.rows[2].sentence == "It says the same as row 2, which is created once."
    assert report.rows[3].sentence.startswith("Row 2 of this paste")


def test_what_contradicts_a_known_vehicle_is_asked_and_what_it_lacks_is_filled_in(lab: Database) -> None:
    given_vehicle(lab, tag="100W100", weight_class=">10K", drive_type=None)
    assert preview(lab, table(SOUND)).rows[0].sentence == (
        "100W100 is >10K in the app and <10K here; correct one of the two."
    )
    create(lab, table((*SOUND[:6], ">10K", "2WD")))
    assert scalar(lab, "SELECT drive_type FROM vehicles") == "2WD"
    assert scalar(lab, "SELECT count(*) FROM audit_log WHERE entity = 'vehicle' AND action = 'edit'") == 1


def test_an_engineer_may_paste_but_not_fill_in_a_known_vehicle_and_a_viewer_may_not(lab: Database) -> None:
    engineer, viewer = (Origin(given_user(lab, role), "planner") for role in (Role.ENGINEER, Role.VIEWER))
    given_vehicle(lab, tag="200W200", weight_class=None, drive_type=None)
    report = preview_paste(lab, engineer, TABLE, today=TODAY)
    assert outcomes(report) == ["allocation", "refused"]
    assert "ask a planner" in report.rows[1].sentence
    with pytest.raises(NotAllowed):
        preview_paste(lab, viewer, TABLE, today=TODAY)
    with pytest.raises(NotAllowed):
        create_pasted(lab, viewer, TABLE, today=TODAY, expected=report.fingerprint)


def test_formulas_and_control_characters_are_only_text(lab: Database) -> None:
    pasted = table(("brake", "", "", "=HYPERLINK(1)", "5/4/2026", "5/5/2026", "<10K", "2WD")).replace(
        "brake", "\x00brake"
    )
    create(lab, pasted)
    assert [one.tag for one in list_requests(lab)] == ["=HYPERLINK(1)"]


def test_ten_thousand_cells_are_previewed_and_hundreds_of_rows_created_at_once(lab: Database) -> None:
    rows = [("brake", "", "", f"T{at}", "5/4/2026", "5/5/2026", "<10K", "2WD", "", "") for at in range(1000)]
    heading = f"{HEADED}\tNOTES\tProgram"
    report = preview(lab, table(*rows, heading=heading))
    assert (report.creates, report.new_vehicles) == (1000, 1000)
    assert create(lab, table(*rows[:200], heading=heading)).created
    assert len(list_requests(lab)) == 200


def test_what_is_no_table_gets_a_sentence(lab: Database) -> None:
    for pasted, said in (
        ("", "Nothing was pasted"),
        (" \t \n\t\t", "Nothing was pasted"),
        (HEADED, "Only headings were pasted"),
        (table(*[SOUND] * 1001), "1,001 rows are more than the 1,000"),
        (table(*[SOUND] * 5000), "rows are more than the 1,000"),
        ("x" * 2_000_001, "million characters are more than can be pasted"),
        ("a\t" + "x" * 200_000, "One of the pasted cells is too long"),
    ):
        with pytest.raises(InvalidInput, match=said):
            preview(lab, pasted)


def test_missing_columns_are_named_and_nothing_can_be_created(lab: Database) -> None:
    report = preview(lab, "Tag #\tProgram\nA1\tP-1")
    assert report.lack is not None
    assert "the test" in report.lack
    assert (report.rows, report.creates) == ((), 0)


def test_an_empty_lab_refuses_every_row_in_words(fresh_database: Database) -> None:
    report = preview(fresh_database, TABLE)
    assert outcomes(report) == ["refused", "refused"]
    assert "The test is not one the lab knows" in report.rows[0].sentence


def test_a_place_of_the_track_is_the_first_that_is_free(fresh_database: Database) -> None:
    for number in range(1, 21):
        given_dyno(fresh_database, f"Track {number}", facility="Track", preference=number)
    book(fresh_database, given_vehicle(fresh_database), start=date(2026, 5, 4), dyno="Track 1", today=TODAY)
    rows = [("brake", "Track", "Track", tag, "5/4/2026", "5/5/2026", "<10K", "2WD") for tag in ("A1", "B2")]
    assert [row.dyno for row in create(fresh_database, table(*rows)).rows] == ["Track 2", "Track 3"]
    assert outcomes(create(fresh_database, table(*rows))) == ["there", "there"]


def test_a_paste_at_the_moment_of_a_merge_ends_at_the_record_that_stays(lab: Database) -> None:
    keep, merge = (given_vehicle(lab, tag=tag) for tag in ("A1", "B2"))
    moves = book(lab, merge, start=date(2026, 5, 1), today=TODAY)
    pasted = table(["brake", "North", "N1", "B2", "2026-06-01", "2026-06-03", "", ""])
    agreed = preview(lab, pasted).fingerprint
    with ThreadPoolExecutor(2) as pool:
        with lab.writing() as session:
            session.execute(text("SELECT FROM allocations WHERE id = :id FOR UPDATE"), {"id": moves.id})
            merging = pool.submit(
                merge_vehicles, lab, ORIGIN, keep=keep, merge=merge, keep_version=1, merge_version=1
            )  # fmt: skip
            until_waiting(lab, 1)
            pasting = pool.submit(create_pasted, lab, ORIGIN, pasted, today=TODAY, expected=agreed)
            until_waiting(lab, 2)
        assert merging.result().kept_id == keep
        assert pasting.result().created
    assert {one.vehicle_id for one in list_allocations(lab)} == {keep}


def test_a_paste_never_writes_over_what_somebody_says_of_the_vehicle_meanwhile(lab: Database) -> None:
    vehicle = given_vehicle(lab, tag="A1", weight_class=None, drive_type=None)
    pasted = table(["brake", "North", "N1", "A1", "2026-06-01", "2026-06-03", "<10K", "2WD"])
    agreed = preview(lab, pasted).fingerprint
    with ThreadPoolExecutor(1) as pool:
        with lab.writing() as session:
            session.execute(text("UPDATE vehicles SET drive_type = 'AWD' WHERE id = :id"), {"id": vehicle})
            pasting = pool.submit(create_pasted, lab, ORIGIN, pasted, today=TODAY, expected=agreed)
            until_waiting(lab)
        (row,) = pasting.result().rows
    assert row.sentence == "A1 is AWD in the app and 2WD here; correct one of the two."
    assert (get_vehicle(lab, vehicle).drive_type, list_allocations(lab)) == ("AWD", ())
