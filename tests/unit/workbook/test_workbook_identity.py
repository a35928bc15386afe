"""One vehicle or two, and rows found again in the next version of the file."""

from datetime import date

from dyno_core.workbook import Pairing, PlanFile, StoredRow, pair_rows, read_plan
from tests.fixtures.workbooks import a_request, a_row, a_workbook

VIN, OTHER_VIN = "1HGCM82633A004352", "5YJ3E1EA7KF317000"
FUTURE = "TBD - 2027 P-A1"


def _read(*rows: object) -> PlanFile:
    return read_plan(a_workbook(rows), "plan.xlsx")


def _again(before: PlanFile, after: PlanFile) -> Pairing:
    return pair_rows([StoredRow(row.group, row.occurrence, row.content_hash) for row in before.rows], after.rows)


def _later(**changes: object) -> dict[str, object]:
    return {"estimated": date(2026, 6, 1), "projected": date(2026, 6, 7), **changes}


def test_a_vehicle_is_its_vin_else_its_tag_and_a_tag_leads_to_its_only_vin() -> None:
    plan = _read(a_row(tag="A", vin=VIN), a_row(tag="a", **_later()), a_row(tag="B", dyno=2), a_request(tag=FUTURE))
    keys = [row.vehicle_key for row in plan.rows]
    assert keys[:3] == [f"vin:{VIN}", f"vin:{VIN}", "tag:b"]
    assert keys[3].startswith("unit:")
    assert [(vehicle.facts.vin, vehicle.rows) for vehicle in plan.vehicles] == [
        (VIN, (6, 7)),
        (None, (8,)),
        (None, (9,)),
    ]


def test_one_vin_on_two_tags_is_one_vehicle_and_flagged() -> None:
    plan = _read(a_row(tag="A", vin=VIN), a_row(tag="B", vin=VIN, **_later()))
    assert [vehicle.tags for vehicle in plan.vehicles] == [("A", "B")]
    assert plan.flags == {"vin_on_two_tags": (6, 7)}


def test_one_tag_on_two_vins_is_two_vehicles_and_flagged() -> None:
    plan = _read(a_row(tag="A", vin=VIN), a_row(tag="A", vin=OTHER_VIN, dyno=2), a_row(tag="A", **_later()))
    assert len({row.vehicle_key for row in plan.rows}) == 3
    assert plan.flags["tag_on_two_vins"] == (6, 7)


def test_a_build_id_that_is_another_rows_tag_is_flagged_on_both() -> None:
    plan = _read(a_row(tag="A", build_id="b17"), a_row(tag="B17", dyno=2), a_row(tag="C", build_id="C", **_later()))
    assert plan.flags == {"tag_is_build_id": (6, 7)}
    assert len(plan.vehicles) == 3


def test_rows_of_one_vehicle_that_disagree_about_it_are_flagged_and_the_first_is_kept() -> None:
    plan = _read(a_row(), a_row(weight=">10K", program="P-B2", build_id="B1", **_later()))
    assert plan.flags == {"vehicle_facts_differ": (6, 7)}
    facts = plan.vehicles[0].facts
    assert (facts.weight_class, facts.program, facts.build_id) == ("<10K", "P-A1", "B1")


def test_rejected_rows_bring_no_vehicle() -> None:
    assert [vehicle.rows for vehicle in _read(a_row(drive=None), a_row(tag="B")).vehicles] == [(7,)]


def test_reading_a_file_twice_gives_the_same_plan() -> None:
    rows = [a_row(), a_row(tag=FUTURE, dyno=2), a_row(tag=FUTURE, facility="Track", dyno="Track"), a_request(tag="R")]
    first, second = _read(*rows), _read(*rows)
    assert first == second
    pairing = _again(first, second)
    assert not any(pair.changed for pair in pairing.pairs)
    assert (len(pairing.pairs), pairing.new, pairing.gone) == (4, (), ())


def test_a_row_inserted_above_changes_no_other_row() -> None:
    rows = [a_row(tag=FUTURE, dyno=1), a_row(tag=FUTURE, dyno=2), a_row(tag="B", **_later())]
    before = _read(*rows)
    after = _read(a_request(tag=FUTURE, **_later()), a_row(tag="Z", **_later(dyno=2)), *rows)
    pairing = _again(before, after)
    assert [pair.changed for pair in pairing.pairs] == [False] * 3
    assert [row.row for row in pairing.new] == [6, 7]
    stored = {row.row_key for row in before.rows}
    assert not stored & {row.row_key for row in pairing.new}


def test_a_moved_row_is_unchanged_an_edited_one_changed_and_a_deleted_one_gone() -> None:
    a, b, c = a_row(tag="A"), a_row(tag="B", dyno=2), a_request(tag="C")
    pairing = _again(_read(a, b, c), _read({**b, "NOTES": "later"}, a))
    assert [(pair.row.vehicle.tag, pair.changed) for pair in pairing.pairs] == [("B", True), ("A", False)]
    assert [old.group.split("|")[0] for old in pairing.gone] == ["c"]


def test_a_vin_filled_in_later_changes_the_row_and_makes_no_new_one() -> None:
    pairing = _again(_read(a_row()), _read(a_row(vin=VIN)))
    assert ([pair.changed for pair in pairing.pairs], pairing.new, pairing.gone) == ([True], (), ())


def test_a_leg_spelled_differently_is_the_same_row_unchanged() -> None:
    pairing = _again(_read(a_row(step="75K 150K")), _read(a_row(step="75K - 150K")))
    assert ([pair.changed for pair in pairing.pairs], pairing.new, pairing.gone) == ([False], (), ())


def test_a_row_that_becomes_disputed_by_another_is_changed() -> None:
    pairing = _again(_read(a_row(tag="B")), _read(a_row(tag="A"), a_row(tag="B")))
    assert [(pair.row.vehicle.tag, pair.changed) for pair in pairing.pairs] == [("B", True)]


def test_among_rows_that_are_alike_only_the_edited_one_is_changed() -> None:
    alike = [a_request(tag=FUTURE) for _ in range(20)]
    edited = [*alike[:5], a_request(tag=FUTURE, notes="the one"), *alike[6:]]
    pairing = _again(_read(*alike), _read(*edited))
    assert [pair.row.row for pair in pairing.pairs if pair.changed] == [11]
    assert (pairing.new, pairing.gone) == ((), ())


def test_a_very_long_tag_gives_a_short_key() -> None:
    plan = _read(a_row(tag="T" * 5_000), a_row(tag="T" * 5_000 + "2", dyno=2))
    assert all(len(row.row_key) < 100 for row in plan.rows)
    assert plan.rows[0].group != plan.rows[1].group
