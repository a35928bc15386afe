"""Gives the keyboard back to the message box after a button was pressed."""

from dyno_core.ui.focus.component import focus_message_box, wish_focus

__all__ = ["focus_message_box", "wish_focus"]
