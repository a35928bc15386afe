"""What a conversation is called."""

import pytest

from dyno_core.agent.titles import LONGEST, title_of


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("are there any conflicts?", "Are there any conflicts?"),
        ("Hi there, could you please book 100W100 for a brake test? It is urgent.", "Book 100W100 for a brake test?"),
        ("Good morning! What\n runs today?", "What runs today?"),
        ("hello", "Hello"),
        ("please", "Please"),
        ("I'd like to know which dynos are free", "Which dynos are free"),
        ("All 4K tests of next week", "All 4K tests of next week"),
        ("مرحبا ما المتاح؟", "مرحبا ما المتاح؟"),
        ("\U0001f600", "\U0001f600"),
    ],
)
def test_it_is_the_first_question_without_its_greeting(question: str, title: str) -> None:
    assert title_of(question) == title


def test_a_long_one_is_cut_between_words_and_a_long_word_within() -> None:
    cut = title_of(
        "book vehicle 100W100 for a brake test from next Monday for three days on the first dyno that is free"
    )
    assert cut == "Book vehicle 100W100 for a brake test from next Monday for…"
    assert len(title_of("x" * 500)) == LONGEST
