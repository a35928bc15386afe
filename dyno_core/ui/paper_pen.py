"""A pen for a page to print: text, lines, boxes and hatches in points, counted from the upper left as on a screen."""

from functools import cache
from pathlib import Path
from typing import Any, Final

INK: Final = "#1b2733"
MUTED: Final = "#6b7680"
MAINTENANCE: Final = "#76808a"
MAINTENANCE_BACK: Final = "#f2f4f5"
_REGULAR: Final = "DejaVuSansCondensed"
_BOLD: Final = "DejaVuSansCondensed-Bold"
_FONTS: Final = Path(__file__).parent / "fonts"
_NO_LETTER: Final = "□"
_LAST: Final = 0xFFFF
"""Of what lies beyond, the writer tells the wrong letter to whoever copies the text."""


class Pen:
    """Draws on a canvas of reportlab, which counts from the lower left."""

    def __init__(self, canvas: Any, *, height: float) -> None:
        self._canvas = canvas
        self._height = height

    def text(self, x: float, y: float, text: str, *, size: float, bold: bool = False, colour: str = INK) -> None:
        shown = _printable(text)
        self._canvas.setFont(_BOLD if bold else _REGULAR, size)
        self._canvas.setFillColor(colour)
        self._canvas.drawString(x, self._height - y, shown)

    def text_up(self, x: float, y: float, text: str, *, size: float, colour: str = INK) -> None:
        """From ``y`` upward, its foot at ``x``: what has more room in height than in width."""
        canvas, shown = self._canvas, _printable(text)
        canvas.saveState()
        canvas.translate(x, self._height - y)
        canvas.rotate(90)
        canvas.setFont(_REGULAR, size)
        canvas.setFillColor(colour)
        canvas.drawString(0, 0, shown)
        canvas.restoreState()

    def measure(self, text: str, size: float) -> float:
        return float(self._canvas.stringWidth(_printable(text), _REGULAR, size))

    def cut(self, text: str, room: float, size: float) -> str:
        if self.measure(text, size) <= room:
            return text
        while text and self.measure(f"{text}…", size) > room:
            text = text[: min(len(text) - 1, int(len(text) * 0.95))]
        return f"{text.rstrip()}…" if text else ""

    def wrapped(self, text: str, room: float, size: float) -> list[str]:
        lines = [""]
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.measure(longer, size) > room:
                lines.append(word)
            else:
                lines[-1] = longer
        return [self.cut(line, room, size) for line in lines]

    def line(self, x: float, y: float, to_x: float, to_y: float, colour: str, *, width: float = 0.5) -> None:
        self._canvas.setStrokeColor(colour)
        self._canvas.setLineWidth(width)
        self._canvas.line(x, self._height - y, to_x, self._height - to_y)

    def box(
        self, x: float, y: float, width: float, height: float, *, fill: str | None = None, edge: str | None = None,
        radius: float = 2.0, stroke: float = 0.7, dashed: bool = False,
    ) -> None:  # fmt: skip
        canvas = self._canvas
        if fill:
            canvas.setFillColor(fill)
        if edge:
            canvas.setStrokeColor(edge)
            canvas.setLineWidth(stroke)
        canvas.setDash([3, 2] if dashed else [])
        canvas.roundRect(
            x, self._height - y - height, max(width, 0.4), max(height, 0.4), min(radius, width / 2, height / 2),
            stroke=int(edge is not None), fill=int(fill is not None),
        )  # fmt: skip
        canvas.setDash([])

    def hatched(self, x: float, y: float, width: float, height: float) -> None:
        canvas = self._canvas
        canvas.saveState()
        path = canvas.beginPath()
        path.rect(x, self._height - y - height, width, height)
        canvas.clipPath(path, stroke=0, fill=0)
        self.box(x, y, width, height, fill=MAINTENANCE_BACK, radius=0)
        at = x - height
        while at < x + width:
            self.line(at, y + height, at + height, y, MAINTENANCE, width=0.6)
            at += 3.5
        canvas.restoreState()
        self.box(x, y, width, height, edge=MAINTENANCE)


def _printable(text: str) -> str:
    """Letters that the font has none of, such as Chinese ones, become boxes: people see that something stands there."""
    letters = _letters()
    return "".join(one if ord(one) in letters else " " if one.isspace() else _NO_LETTER for one in text)


@cache
def _letters() -> frozenset[int]:
    """Makes the fonts known, which a page gets only the used letters of; returns what they can write.

    Those that every printer has know the letters of western Europe only.
    """
    from reportlab.pdfbase.pdfmetrics import registerFont  # noqa: PLC0415 - 20 MB that only a download needs
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415

    known = []
    for name in (_REGULAR, _BOLD):
        font = TTFont(name, str(_FONTS / f"{name}.ttf"))
        registerFont(font)
        known.append({letter for letter in font.face.charToGlyph if letter <= _LAST})
    return frozenset(set.intersection(*known))


def mixed(first: str, second: str, share: float) -> str:
    """``share`` of the second colour in the first."""
    channels = [(int(first[at : at + 2], 16), int(second[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a * (1 - share) + b * share):02x}" for a, b in channels)


def ink_on(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#ffffff" if 0.299 * red + 0.587 * green + 0.114 * blue < 150 else "#101820"
