"""Gives the keyboard back to the message box after a button was pressed, and brings what is newest into view."""

from dyno_core.ui.focus.component import focus_message_box, wish_focus, wish_newest

__all__ = ["focus_message_box", "wish_focus", "wish_newest"]
