"""How often a feed may be asked for."""

from dyno_core.web.feeds import Pace


def test_each_key_has_so_many_in_any_minute() -> None:
    pace = Pace(most=2)

    assert [pace.allows(1, now=second) for second in (0, 10, 20, 59, 60, 61, 70.5)] == [
        True, True, False, False, True, False, True,
    ]  # fmt: skip
    assert pace.allows(2, now=20)


def test_it_remembers_only_so_many_keys() -> None:
    pace = Pace(most=1, keys=2)

    assert [pace.allows(key, now=0) for key in (1, 2, 3, 1, 3)] == [True, True, True, True, False]
