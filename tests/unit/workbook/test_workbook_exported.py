"""What the reader takes from files that this app wrote, and how tests of a new lab are named."""

import pytest

from dyno_core.workbook import KnownLab, read_plan
from dyno_core.workbook.cells import text_of
from dyno_core.workbook.known import usual_spellings
from tests.fixtures.workbooks import HEADINGS, RULES, a_csv, a_row, a_workbook

USUAL = KnownLab(usual_tests=usual_spellings())


def test_an_unknown_lab_s_tests_get_their_usual_names() -> None:
    rules = [*RULES, ("not cert-durability", "any", "any", "PGN 1")]
    rows = [a_row(), a_row(test="NOT CERT-Durability", tag="B2"), a_row(test="durability", tag="C3")]
    plan = read_plan(a_workbook(rows, rules=rules), "plan.xlsx", known=USUAL)
    assert [row.test_type for row in plan.rows] == ["4K certification", "durability", "durability"]
    assert {rule.test_type for rule in plan.rules} == {"4K certification", "150K mileage", "durability"}
    assert plan.rule_violations == ()


def test_a_usual_test_that_no_list_names_is_still_unknown() -> None:
    plan = read_plan(a_workbook([a_row(test="durability")]), "plan.xlsx", known=USUAL)
    assert [row.outcome.reason for row in plan.rejected] == ["test_unknown"]


def test_the_lab_s_own_name_goes_before_the_usual_one() -> None:
    lab = KnownLab(test_types={"Endurance run": "Endurance run", "durability": "Endurance run"},
                   usual_tests=usual_spellings())  # fmt: skip
    plan = read_plan(a_csv([a_row(test="Durability")]), "plan.csv", known=lab)
    assert [row.test_type for row in plan.rows] == ["Endurance run"]


@pytest.mark.parametrize(("step", "leg"), [("0-5K", "0-5K"), ("leg 2", "leg 2"), (None, None)])
def test_a_row_with_a_record_keeps_its_leg_as_it_is(step: str | None, leg: str | None) -> None:
    row = {**a_row(step=step), "Record": "A1.1.00000000"}
    plan = read_plan(a_workbook([row], headings=(*HEADINGS, "Record")), "plan.xlsx")
    assert (plan.rows[0].leg, plan.rows[0].record) == (leg, "A1.1.00000000")


def test_the_maintenance_sheet_may_say_where_a_dyno_stands() -> None:
    rules = [("4k certification", "any", "any", "Mesa Flats HD 1")]
    maintenance = [("Mesa Flats HD 1", None, None, "Mesa Flats")]
    content = a_workbook(
        [a_row(facility="Mesa Flats", dyno="HD 1")], rules=rules, maintenance=[],
        more={"Places": [("Dyno", "Start Date", "End Date", "Facility"), *maintenance]},
    )  # fmt: skip
    plan = read_plan(content, "plan.xlsx")
    assert [(dyno.name, dyno.facility) for dyno in plan.dynos] == [("Mesa Flats HD 1", "Mesa Flats")]
    assert plan.rows[0].dyno == "Mesa Flats HD 1"


@pytest.mark.parametrize(
    ("cell", "text"),
    [("'=1+1", "=1+1"), ("''=x", "'=x"), ("'-5", "-5"), ("'tis", "'tis"), ("'", "'"), ("=1", "=1")],
)
def test_the_apostrophe_that_guards_a_formula_is_taken_off_once(cell: str, text: str) -> None:
    assert text_of(cell) == text
