"""What commands print, and the numbers they take."""

import json

import pytest

from dyno_core.commands.output import as_document, print_rows, print_table
from dyno_core.commands.plan import weight_from
from dyno_core.errors import InvalidInput
from dyno_core.fleet.compatibility import weight_class_of


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_no_document_holds_a_number_that_json_does_not_know(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_document({"weight_lbs": number})


@pytest.mark.parametrize(
    ("text", "weight_class"),
    [
        ("<10K", "<10K"),
        (">10k", ">10K"),
        ("10000", "<10K"),
        ("10,001 lbs", ">10K"),
        ("4000kg", "<10K"),
        ("1e4", "<10K"),
    ],
)
def test_a_weight_is_a_class_or_a_number_with_or_without_its_unit(text: str, weight_class: str) -> None:
    assert weight_from(text) == weight_class


@pytest.mark.parametrize("text", ["nan", "NaN lbs", "inf", "-inf", "1e400", "-5", "0", "200000", "", "lbs", "heavy"])
def test_what_is_no_weight_is_refused_with_facts_that_json_can_hold(text: str) -> None:
    with pytest.raises(InvalidInput, match="give pounds") as refused:
        weight_from(text)
    assert json.loads(as_document(refused.value.facts)) == refused.value.facts


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -5, 0])
def test_no_weight_class_follows_from_what_is_no_weight(number: float) -> None:
    with pytest.raises(InvalidInput, match="give pounds") as refused:
        weight_class_of(number)
    as_document(refused.value.facts)


def test_numbers_stand_to_the_right_and_words_to_the_left(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(
        [
            {"id": 7, "name": "North 1", "saved_usd": "$1,076.67", "share": "7.5 %", "on": True, "except": None},
            {"id": 12, "name": "X", "saved_usd": "$6.00", "share": None, "on": False, "except": ["a", "b"]},
        ]
    )

    assert capsys.readouterr().out.splitlines() == [
        "id  name     saved usd  share  on   except",
        "--  -------  ---------  -----  ---  ------",
        " 7  North 1  $1,076.67  7.5 %  yes  –",
        "12  X            $6.00      –  no   a, b",
    ]


def test_an_empty_list_stays_a_document_for_scripts_and_is_explained_beside_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_rows([], as_json=True, nothing="Nothing fits.")
    print_rows([], as_json=False, nothing="Nothing fits.")

    said = capsys.readouterr()
    assert (said.out, said.err) == ("[]\n[]\n", "Nothing fits.\n")
