import pytest

from dyno_core.fleet.references import folded, near_misses, number_in, tidy


def test_control_characters_and_blanks_are_tidied_away() -> None:
    assert tidy(" a\x00b \t\n c ") == "a b c"


def test_spacing_and_signs_do_not_make_another_name() -> None:
    assert folded("PGN - 1") == folded("pgn1") == folded("PGN #1")


@pytest.mark.parametrize(
    ("text", "number"),
    [("13", 13), (" #13 ", 13), ("vehicle 13", 13), ("Vehicle #13", 13), ("dyno 7", 7),
     ("0", None), ("²", None), ("-3", None), ("1.5", None), ("vehicle", None), ("9999999999", None), ("x13", None)],
)  # fmt: skip
def test_a_number_is_read_only_where_one_is_meant(text: str, number: int | None) -> None:
    assert number_in(text) == number


def test_near_misses_come_best_first_and_nothing_far_off_is_named() -> None:
    assert near_misses("512W205", ["999Z999", "512W204", "512W20"])[0] in ("512W204", "512W20")
    assert near_misses("512W205", ["999Z999"]) == ()
