import pandas as pd

from dyno_core.fleet import Rule, RuleDraft
from dyno_core.ui.fleet_catalogue import rule_drafts, rules_frame
from dyno_core.ui.fleet_desk import words
from dyno_core.ui.fleet_grid import mark


def tokens(*combinations: str) -> frozenset[str]:
    return frozenset(f"brake|{one.replace(' ', '|')}" for one in combinations)


def test_a_mark_says_exactly_what_the_dyno_can_run() -> None:
    assert mark(frozenset(), "brake") == ""
    assert mark(tokens("2WD <10K", "2WD >10K", "AWD <10K", "AWD >10K"), "brake") == "● all"
    assert mark(tokens("2WD <10K", "AWD <10K"), "brake") == "2WD·AWD <10K"
    assert mark(tokens("2WD <10K", "2WD >10K"), "brake") == "2WD any"
    assert mark(tokens("2WD <10K", "2WD >10K", "AWD <10K"), "brake") == "2WD any, AWD <10K"
    assert mark(tokens("2WD <10K"), "evap") == ""


def test_the_rule_table_reads_back_as_the_rules_it_was_drawn_from() -> None:
    rules = (Rule(1, "brake", None, ">10K", ("B", "A"), 3), Rule(2, "evap", "AWD", None, ("C",), 3))
    assert rule_drafts(rules_frame(rules)) == (
        RuleDraft("brake", None, ">10K", ("B", "A")),
        RuleDraft("evap", "AWD", None, ("C",)),
    )


def test_a_rule_that_was_only_begun_is_left_out() -> None:
    table = pd.concat(
        [rules_frame(()), pd.DataFrame([["brake", None, float("nan"), None]], columns=rules_frame(()).columns)]
    )
    assert rule_drafts(table) == ()


def test_words_stand_between_commas_or_on_lines() -> None:
    assert words(" a, b ,,\nc\n") == ("a", "b", "c")
