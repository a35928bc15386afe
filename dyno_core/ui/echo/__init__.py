"""What was just done is told at the top of a page; whoever is further down reads it there."""

from dyno_core.ui.echo.component import echo

__all__ = ["echo"]
