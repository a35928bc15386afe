"""What can't be is named, not dropped."""

from datetime import date

import pytest

from dyno_core.agent.models.offline.frame import Frame
from dyno_core.agent.models.offline.turns import take_turn
from dyno_core.agent.models.offline.vocabulary import Vocabulary

TODAY = date(2026, 11, 18)
LAB = Vocabulary(dynos=("PGN 3", "PGN 4"))
BOOK = "book vehicle 13 for brake from 7 December for 3 days"


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (f"{BOOK}, up to 99999 days later", "99999 days"),
        ("book vehicle 13 for brake from 7 December for 1000000 weeks", "1000000 weeks"),
        ("book vehicle -5 for brake from 7 December for 3 days", "vehicle -5"),
        ("book vehicle 13 for brake from 99999-12-31 for 3 days", "99999-12-31"),
        ("cancel allocation 12345678901234567890", "12345678901234567890"),
        ("next window of 3 days for vehicle 13, brake, after 9999-12-30", "9999-12-30"),
        ("free dynos for 99999999999999999999999 lb AWD brake next week", "1e+23 lb"),
    ],
)
def test_what_is_out_of_range_is_named_and_nothing_is_called(said: str, named: str) -> None:
    reply = take_turn(said, Frame(), vocabulary=LAB, today=TODAY)
    assert named in reply.text
    assert reply.calls == ()
