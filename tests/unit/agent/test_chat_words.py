"""How the chat page writes what people and models say."""

from typing import Any

import pytest

from dyno_core.ui.charts import DAY_MS, LIGHT
from dyno_core.ui.chat_answers import quoted, said_of, spoken
from dyno_core.ui.chat_tables import between_tables, rows_of, tables_of
from dyno_core.ui.chat_timeline import bars_of, timeline


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


THREE = [{"id": number, "dyno": f"PGN {number}"} for number in (1, 2, 3)]
FOUND = {"type": "tool_result", "name": "list", "ok": True, "data": {"rows": THREE, "note": "All there are."}}


def written(*numbers: int, more: str = "") -> str:
    lines = "\n".join(f"| {number} | PGN {number} |" for number in numbers)
    return f"**Two** of them\n\n| # | Dyno |\n| --- | --- |\n{lines}\n\n{more}"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (written(1, 2, 3), [1, 2, 3]),
        (written(1, 3), [1, 3]),  # narrowed by the words, so that heading and table agree
        (written(1, more="… and 2 more."), [1, 2, 3]),  # cut in the words only
        (written(1, more="… and 1 more."), None),
        (written(1, 9), None),  # of something else
        (written(1).replace("# |", "Dyno |"), None),
        (written(1) + "\n" + written(2), None),
        ("Yes, it is free.", None),  # the words say it all
    ],
)
def test_a_table_has_the_rows_that_the_words_tell_of(text: str, numbers: list[int] | None) -> None:
    tables = tables_of(text, [FOUND], by_rules=True)
    assert tables == (() if numbers is None else (([THREE[n - 1] for n in numbers], "All there are."),))


def test_a_model_that_writes_no_table_gets_ours() -> None:
    assert tables_of("These are free:", [FOUND], by_rules=False) == ((THREE, "All there are."),)


def test_several_tables_are_drawn_where_they_stand_each_from_its_own_records() -> None:
    others = {"type": "tool_result", "name": "list", "ok": True, "data": {"rows": [{"id": 7, "dyno": "PGN 7"}]}}
    listed = {"type": "tool_result", "name": "list", "ok": True, "data": {"rows": [{"id": 5, "message": "A clash."}]}}
    text = f"{written(1, more='… and 2 more.')}\n- A clash.\n\n{written(7)}Say which."
    assert between_tables(text) == ["**Two** of them", "- A clash.\n\n**Two** of them", "Say which."]
    tables = tables_of(text, [FOUND, listed, others], by_rules=True)
    assert [rows for rows, _ in tables] == [THREE, [{"id": 7, "dyno": "PGN 7"}]]
    assert tables_of(text, [FOUND], by_rules=True) == (), "as it is written, rather than half of it"


HELD = {"dyno": "PGN 1", "tag": "512<b>", "start_date": "2026-12-07", "end_date": "2026-12-09", "status": "scheduled"}


def test_records_on_dynos_are_drawn_as_whole_days_with_what_people_typed_as_text() -> None:
    figure = timeline(bars_of([HELD, HELD | {"dyno": "PGN 2", "status": "completed"}]), colours=LIGHT)
    quiet, strong = figure.data
    assert (list(quiet.y), list(strong.y)) == (["PGN 2"], ["PGN 1"])
    assert strong.x[0] == 3 * DAY_MS
    assert strong.text[0] == "512&lt;b&gt;"
    assert strong.customdata[0].endswith("Mon 7 Dec 2026 to Wed 9 Dec 2026")


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [HELD, {"dyno": "PGN 2"}],
        [HELD | {"end_date": "2026-12-01"}],
        [HELD | {"start_date": None}],
        [HELD] * 61,
        [HELD | {"dyno": f"PGN {number}"} for number in range(21)],
    ],
)
def test_records_without_days_or_too_many_to_read_are_left_to_the_table(rows: list[dict[str, Any]]) -> None:
    assert bars_of(rows) == ()
