"""What tokens cost: list prices in US dollars per million tokens. Without a price only the tokens are counted.

They change: `DYNO_MODEL_PRICES` overrides each, and a line here needs nothing else.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from dyno_core.settings import Settings

_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens read (``input``) and written (``output``, thoughts included)."""

    input: Decimal
    output: Decimal

    def cost(self, *, input_tokens: int, output_tokens: int) -> Decimal:
        """US dollars, to a millionth."""
        exact = (self.input * input_tokens + self.output * output_tokens) / _MILLION
        return exact.quantize(Decimal("0.000001"))


_LIST: Final = (
    # Half the price until the end of 2026.
    ("gemini-3.8-flash", date(2026, 9, 2), Price(Decimal("0.75"), Decimal("3.75"))),
    ("gemini-3.8-flash", date(2027, 1, 1), Price(Decimal("1.50"), Decimal("7.50"))),
)
"""Model, first day of the price, price; the latest day last."""


def price_of(model: str, *, settings: Settings, today: date) -> Price | None:
    """The price of a model today, or None when it is not known."""
    if model in settings.dyno_model_prices:
        return Price(*settings.dyno_model_prices[model])
    valid = [price for name, since, price in _LIST if name == model and since <= today]
    return valid[-1] if valid else None
