"""How the chat page writes what people and models say."""

from dyno_core.ui.chat_answers import quoted, rows_of, said_of, spoken


def test_nothing_that_a_person_types_is_mark_up() -> None:
    assert quoted("**a** $b$ [c](d) <e> :red[f]") == r"\*\*a\*\* \$b\$ \[c\]\(d\) \<e\> \:red\[f\]"
    assert quoted("one\ntwo") == "one  \ntwo"


def test_a_model_may_use_mark_up_but_no_formulas_and_no_pictures() -> None:
    assert spoken("**yes**, $5 to $6 ![x](http://a/b.png)") == r"**yes**, \$5 to \$6 !\[x](http://a/b.png)"


def test_the_records_of_a_result_are_its_one_list_of_objects() -> None:
    assert rows_of({"dynos": [{"id": 1}], "note": "more"}) == [{"id": 1}]
    assert rows_of({"dynos": []}) == []
    for other in ({"a": [{}], "b": [{}]}, {"names": ["x"]}, {"n": 1}, [], None, "text"):
        assert rows_of(other) is None


def test_a_step_is_told_in_a_line_with_what_came_of_it() -> None:
    found = {"type": "tool_result", "name": "list_dynos", "ok": True, "data": {"dynos": [{"id": 1}, {"id": 2}]}}
    assert said_of(found) == ":material/check: Looked up the dynos (2 found)"
    refused = {"name": "get_dyno", "ok": False, "data": {"error": "dyno_not_found", "message": "There is no dyno “X”."}}
    assert said_of(refused).endswith(r"Looked up the dyno: There is no dyno “X”\.")
    declined = {"name": "cancel_allocation", "ok": False, "data": {"error": "declined", "message": "no"}}
    assert said_of(declined).endswith("Cancelling: you said no")
