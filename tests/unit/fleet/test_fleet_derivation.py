from dyno_core.fleet.derivation import preference_order, tokens_by_dyno
from dyno_core.fleet.drafts import RuleDraft


def test_a_rule_for_any_drive_and_weight_gives_all_four_tokens() -> None:
    tokens = tokens_by_dyno([RuleDraft("evap", None, None, ("A",))])
    assert tokens == {"A": {"evap|2WD|<10K", "evap|2WD|>10K", "evap|AWD|<10K", "evap|AWD|>10K"}}


def test_a_dyno_may_run_the_union_of_its_rules() -> None:
    tokens = tokens_by_dyno([RuleDraft("evap", "2WD", "<10K", ("A", "B")), RuleDraft("brake", "AWD", None, ("A",))])
    assert tokens["A"] == {"evap|2WD|<10K", "brake|AWD|<10K", "brake|AWD|>10K"}
    assert tokens["B"] == {"evap|2WD|<10K"}


def test_the_order_keeps_the_order_of_every_rule() -> None:
    rules = [RuleDraft("a", None, None, ("P", "T")), RuleDraft("b", None, None, ("P", "V", "T", "Z"))]
    assert preference_order(rules) == ("P", "V", "T", "Z")


def test_contradicting_rules_still_give_each_dyno_one_place() -> None:
    rules = [RuleDraft("a", None, None, ("A", "B")), RuleDraft("b", None, None, ("B", "A", "C"))]
    assert preference_order(rules) == ("A", "B", "C")
