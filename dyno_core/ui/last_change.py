"""Where a page keeps what one button takes back."""

from typing import Final

LAST_CHANGE: Final = "last_change"
"""In the session: the last move, placing, breakdown or maintenance."""
