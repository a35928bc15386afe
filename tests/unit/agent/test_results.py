"""Results are JSON, and never longer than a conversation can bear."""

import json

from dyno_core.agent.results import done, read, shortened


def test_a_short_result_is_left_as_it_is() -> None:
    content = done({"rows": [{"id": 1}], "note": "all of it"})
    assert shortened(content) is content


def test_of_a_long_result_the_longest_list_is_cut_and_that_is_said() -> None:
    content = done(
        {"rows": [{"id": number, "text": "x" * 90} for number in range(1000)], "names": ["a"], "total": 1000}
    )
    cut = shortened(content, most=5_000)
    data = read(cut)["data"]
    assert len(cut) <= 5_000
    assert len(cut) > 1_500, "more is cut than is needed"
    assert [row["id"] for row in data["rows"]] == list(range(len(data["rows"])))
    assert (data["names"], data["total"]) == (["a"], 1000)
    assert data["note"].startswith(f"Only the first {len(data['rows'])} of 1000 are shown")


def test_what_no_list_makes_long_is_refused_in_a_sentence() -> None:
    for data in ({"text": "x" * 9_000}, ["x" * 9_000], {"a": ["x" * 9_000], "b": "y" * 9_000}):
        payload = read(shortened(done(data), most=2_000))
        assert (payload["ok"], payload["error"]) == (False, "too_long")


def test_several_long_lists_are_all_cut() -> None:
    content = shortened(done({"a": ["x" * 50] * 500, "b": ["y" * 50] * 500}), most=4_000)
    assert len(content) <= 4_000
    assert json.loads(content)["ok"]
