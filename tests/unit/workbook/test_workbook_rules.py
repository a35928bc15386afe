"""The sheets DynoRules and Maintenance, and what the rules allow."""

from datetime import date, datetime

import pytest

from dyno_core.fleet.compatibility import Requirement, capabilities
from dyno_core.period import Period
from dyno_core.workbook import KnownLab, PlanFile, PlanRule, allowed_dynos, read_plan
from dyno_core.workbook.rules import preference_order
from tests.fixtures.workbooks import RULES, a_request, a_row, a_workbook


def _read(*rows: object, **sheets: object) -> PlanFile:
    return read_plan(a_workbook(rows or [a_row()], **sheets), "plan.xlsx")


def test_a_demand_is_allowed_the_union_of_all_matching_rules_in_their_order() -> None:
    rules = (
        PlanRule(2, "evap", None, "<10K", ("B", "A")),
        PlanRule(3, None, "AWD", None, ("A", "C")),
        PlanRule(4, "Evap", "2WD", None, ("D",)),
        PlanRule(5, "brake", None, None, ("E",)),
    )
    assert allowed_dynos(rules, test_type="EVAP", drive_type="AWD", weight_class="<10K") == ("B", "A", "C")
    assert allowed_dynos(rules, test_type="evap", drive_type="2WD", weight_class=">10K") == ("D",)
    assert allowed_dynos(rules, test_type="noise", drive_type="2WD", weight_class=">10K") == ()


def test_the_rules_are_read_whatever_their_case_and_the_note_beside_them() -> None:
    rules = [
        ("Evap ", "ANY", "any", "PGN 1,  PGN 2 ,", None, "Note: a text, PGN 9"),
        (),
        ("evap", "4X4", "> 10k", "PGN 2"),
    ]
    plan = _read(a_row(test="EVAP"), rules=rules)
    assert plan.rules == (
        PlanRule(2, "Evap", None, None, ("PGN 1", "PGN 2")),
        PlanRule(4, "Evap", "AWD", ">10K", ("PGN 2",)),
    )
    assert plan.rows[0].test_type == "Evap"


def test_two_rules_for_one_demand_become_one() -> None:
    plan = _read(rules=[*RULES, ("4K Certification", "any", "any", "PGN 2, VTB #1")])
    assert [rule.row for rule in plan.rules] == [2, 3, 4]
    assert plan.rules[0].dynos[:2] == ("PGN 1", "PGN 2")
    assert plan.rules[0].dynos[-1] == "VTB #1"


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (("evap", "RWD/AWD", "any", "PGN 1"), "drive"), (("evap", None, "any", "PGN 1"), "drive"),
        (("evap", "any", "light", "PGN 1"), "weight class"), ((None, "any", "any", "PGN 1"), "no test"),
        (("evap", "any", "any", " , "), "no dyno"),
    ],
)  # fmt: skip
def test_a_rule_that_cant_be_read_allows_nothing_and_is_told(rule: tuple[object, ...], says: str) -> None:
    plan = _read(rules=[*RULES, rule])
    assert len(plan.rules) == len(RULES)
    assert [(problem.sheet, problem.row) for problem in plan.problems] == [("DynoRules", 5)]
    assert says in plan.problems[0].what


def test_each_dyno_gets_exactly_the_combinations_the_rules_grant() -> None:
    plan = _read(
        rules=[
            ("150k mileage", "2wd", "any", "VTB #1"),
            ("4k certification", "2wd", "<10k", "VTB #1, PGN 1"),
            ("any", "awd", "<10k", "PGN 1"),
        ]
    )
    by_name = {dyno.name: dyno for dyno in plan.dynos}
    assert by_name["VTB #1"].tokens == {
        "150k mileage|2WD|<10K", "150k mileage|2WD|>10K", "4k certification|2WD|<10K",
    }  # fmt: skip
    assert by_name["PGN 1"].tokens == {
        "4k certification|2WD|<10K", "4k certification|AWD|<10K", "150k mileage|AWD|<10K",
    }  # fmt: skip
    envelope = by_name["VTB #1"].envelope
    assert envelope.excluded == ("4k certification|2WD|>10K",)
    for dyno in plan.dynos:
        held = dyno.envelope
        assert capabilities(held.test_types, held.drives, held.weight_classes, held.excluded) == dyno.tokens


def test_a_bar_in_a_tests_name_does_not_break_its_tokens() -> None:
    plan = _read(a_row(test="A|B"), rules=[("a|b", "any", "any", "PGN 1")])
    token = Requirement(plan.rows[0].test_type, "2WD", "<10K").token
    assert token in plan.dynos[0].tokens
    assert plan.dynos[0].envelope.test_types == ("a/b",)


def test_the_dynos_are_those_of_both_sheets_and_the_track_stands_for_its_places() -> None:
    plan = _read(maintenance=[("PGN 1", None, None), ("ATC #1", None, None)])
    names = [dyno.name for dyno in plan.dynos]
    assert names[:3] == ["PGN 1", "PGN 2", "Track 1"]
    assert set(names) == {"PGN 1", "PGN 2", "VTB #1", "ATC #1", *(f"Track {n}" for n in range(1, 21))}
    assert {dyno.facility for dyno in plan.dynos} == {"PGN", "VTB", "ATC", "Track"}
    assert [dyno.preference for dyno in plan.dynos] == list(range(1, len(names) + 1))


def test_the_order_of_preference_agrees_with_every_list() -> None:
    lists = [("A", "D"), ("B", "A", "C"), ("C", "D", "E")]
    rules = [PlanRule(at, "t", None, None, names) for at, names in enumerate(lists)]
    order = preference_order(rules, others=["Z", "A"])
    assert order == ("B", "A", "C", "D", "E", "Z")
    for names in lists:
        assert sorted(names, key=order.index) == list(names)


def test_lists_that_contradict_each_other_still_give_one_order() -> None:
    rules = [PlanRule(1, "t", None, None, ("A", "B", "C")), PlanRule(2, "t", None, None, ("C", "A"))]
    assert preference_order(rules) == ("A", "B", "C")


def test_an_allocation_on_a_dyno_the_rules_do_not_allow_is_listed_and_flagged() -> None:
    plan = _read(a_row(test="150K Mileage", drive="AWD", facility="VTB", dyno=1), a_row(tag="B"))
    assert plan.rule_violations == (6,)
    assert plan.flags["rule_violation"] == (6,)


def test_the_labs_own_rules_apply_when_the_file_has_none() -> None:
    lab = KnownLab(
        dynos=("PGN 1", "PGN 2"),
        test_types={"4k certification": "4k certification"},
        rules=(PlanRule(1, "4k certification", None, None, ("PGN 2",)),),
    )
    content = a_workbook([a_row(), a_row(tag="B", dyno=2)], rules=None, maintenance=None)
    assert read_plan(content, "plan.xlsx", known=lab).rule_violations == (6,)
    assert read_plan(content, "plan.xlsx", known=KnownLab(dynos=lab.dynos)).rule_violations == ()


def test_a_message_that_says_nothing_fits_is_outdated_when_the_rules_allow_a_dyno() -> None:
    plan = _read(
        a_request(dyno="Invalid drive"),
        a_request(tag="B", dyno="No dyno available"),
        a_request(tag="C", dyno="Invalid test", drive="AWD", test="evap"),
        rules=[*RULES, ("evap", "2wd", "any", "PGN 1")],
    )
    assert plan.flags["message_outdated"] == (6,)


def test_a_dyno_without_dates_has_no_window_and_both_days_count() -> None:
    plan = _read(maintenance=[("PGN 1", None, None), ("PGN 2 ", datetime(2026, 5, 10, 8), "5/12/2026")])
    (window,) = plan.windows
    assert (window.dyno, window.period) == ("PGN 2", Period(date(2026, 5, 10), date(2026, 5, 12)))


def test_windows_of_one_dyno_that_share_days_become_one() -> None:
    lines = [
        ("PGN 1", date(2026, 5, 10), date(2026, 5, 12)),
        ("PGN 2", date(2026, 5, 1), date(2026, 5, 30)),
        ("PGN 1", date(2026, 5, 1), date(2026, 5, 10)),
        ("PGN 1", date(2026, 5, 13), date(2026, 5, 14)),
    ]
    windows = _read(maintenance=lines).windows
    assert [(window.dyno, window.period.start.day, window.period.end.day, window.rows) for window in windows] == [
        ("PGN 1", 1, 12, (5, 3)), ("PGN 1", 13, 14, (6,)), ("PGN 2", 1, 30, (4,)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (("PGN 1", date(2026, 5, 1), None), "only one of its two dates"),
        (("PGN 1", date(2026, 5, 2), date(2026, 5, 1)), "ends before it starts"),
        (("PGN 1", "spring", date(2026, 5, 1)), "“spring” is not a day"),
    ],
)
def test_a_window_that_cant_be_read_is_left_out_and_told(line: tuple[object, ...], says: str) -> None:
    plan = _read(maintenance=[line])
    assert plan.windows == ()
    assert [(problem.sheet, problem.row) for problem in plan.problems] == [("Maintenance", 3)]
    assert says in plan.problems[0].what
