from datetime import date

import pytest

from dyno_core.booking.errors import when
from dyno_core.booking.texts import check_text, is_storable
from dyno_core.errors import InvalidInput
from dyno_core.period import Period


@pytest.mark.parametrize("text", ["", "Prüfstand 3 – läuft", "日本語 🚗", "line\nline\ttab"])
def test_what_people_write_can_be_stored(text: str) -> None:
    assert is_storable(text)
    check_text(text, what="The note")


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud83d"])
def test_what_postgres_can_not_hold_is_refused(text: str) -> None:
    assert not is_storable(text)
    with pytest.raises(InvalidInput, match="The note holds a character that can't be stored; type it again without it"):
        check_text(text, what="The note")


def test_a_text_may_be_missing_or_as_long_as_allowed_and_no_longer() -> None:
    check_text(None, what="The leg")
    check_text("x" * 80, what="The leg", longest=80)
    with pytest.raises(InvalidInput, match="The leg has 81 characters, but 80 is the most; shorten it"):
        check_text("x" * 81, what="The leg", longest=80)


def test_one_day_is_on_and_several_are_from_to() -> None:
    day = date(2026, 3, 3)

    assert when(Period(day, day)) == "on Tue 3 Mar 2026"
    assert when(Period(day, date(2026, 3, 4))) == "from Tue 3 Mar 2026 to Wed 4 Mar 2026"
