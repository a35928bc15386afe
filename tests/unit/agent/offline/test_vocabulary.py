"""Names of a lab in what people write; also where a lab has very many of them."""

import re

import pytest

from dyno_core.agent.models.offline.vocabulary import Vocabulary

THOUSAND = Vocabulary(dynos=tuple(f"{site} {number}" for site in ("PGN", "VTB #") for number in range(1, 501)))


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("what is on pgn 7?", ["PGN 7"]),
        ("PGN-7 or vtb # 12", ["VTB # 12", "PGN 7"]),
        ("pgn77 and VTB_3", ["VTB # 3", "PGN 77"]),
        ("PGN 1000", []),
        ("nothing of the kind", []),
    ],
)
def test_the_dynos_of_a_message_are_found_among_a_thousand_longest_name_first(said: str, named: list[str]) -> None:
    assert [name for pattern, name in THOUSAND.dynos_in(said) if pattern.search(said)] == named


def test_a_message_makes_patterns_of_the_dynos_it_may_name_only_and_the_next_one_makes_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    make = re.compile

    def counted(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
        made.append(pattern)
        return make(pattern, flags)

    monkeypatch.setattr(re, "compile", counted)
    lab = Vocabulary(dynos=tuple(f"Bench {number}" for number in range(1, 1001)))

    lab.dynos_in("is bench 431 free?")
    assert len(made) == 3  # bench 4, 43 and 431

    made.clear()
    lab.dynos_in("book it on bench 431")
    assert made == []
