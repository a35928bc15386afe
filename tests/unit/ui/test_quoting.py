"""Names that people gave, inside sentences of ours: read as they were typed."""

import pytest

from dyno_core.ui.quoting import unmarked


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("![x](https://example.com/x.png)", r"!\[x\](https://example.com/x.png)"),
        (":red[T1]", r":red\[T1\]"),
        ("**T1**", r"\*\*T1\*\*"),
        ("<b>$x$</b>", r"\<b>\$x\$\</b>"),
        ("512C211 (brake), 3.5 days", "512C211 (brake), 3.5 days"),
    ],
)
def test_a_name_in_a_sentence_is_no_mark_up(name: str, drawn: str) -> None:
    assert unmarked(f"There is no vehicle {name}.") == f"There is no vehicle {drawn}."
