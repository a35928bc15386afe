"""Who asks, as the prompt says it: “who am I?”, “what's my role?”, “what may I do?”. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from langchain_core.messages import BaseMessage, SystemMessage

from dyno_core.accounts.roles import PERMISSIONS, Permission, Role
from dyno_core.agent.models.offline.orders import stripped

_ROLES: Final = "|".join(Role)
_SAID: Final = re.compile(rf"You speak with (?P<name>[^\n]{{1,300}}), whose role is “(?P<role>{_ROLES})”")
_MINE: Final = r"(?:roles?|rights?|permissions?|name)"
_ASKED: Final = re.compile(
    rf"^who am i\b|^(?:what|which)(?:'s| is| are| kind of)? (?:my )?{_MINE}\b(?: do i have| am i)?\W*$"
    rf"|^(?:my )?{_MINE}\W*$|^what (?:may|am) i (?:do|allowed(?: to do)?|permitted(?: to do)?)\b(?: here)?\W*$"
    rf"|^(?:am i|do i have the role(?: of)?) (?:an? |the )?(?:{_ROLES})s?\W*$"
    r"|^(?:may|can|am i allowed to) (?:i )?(?:cancel|move|change|extend|edit)"
    r" (?:other|somebody|someone|anybody|anyone|another)\b[\w' ]{0,30}\W*$"
)
_OWN: Final = {Permission.BOOK: "book vehicles", Permission.CHANGE_OWN: "change what you booked"}


def told_who_asks(text: str, messages: Sequence[BaseMessage]) -> str:
    """The name, the role and what it allows, where ``text`` asks for one of them; else empty."""
    if not _ASKED.search(stripped(text)):
        return ""
    prompt = next((message.text for message in messages if isinstance(message, SystemMessage)), "")
    said = _SAID.search(prompt)
    if said is None:
        return "Your name and role stand in the menu of the app; I don't see them here."
    role = Role(said["role"])
    may = [_OWN.get(one, one.value) for one in Permission if one in PERMISSIONS[role]]
    *first, last = may
    allowed = f"{', '.join(first)} and {last}" if first else last
    article = "an" if role.value[0] in "aeiou" else "a"
    others = "" if Permission.CHANGE_ANY in PERMISSIONS[role] else " What others booked, a planner can change."
    return f"You are {said['name']}, {article} {role.value} here. You may {allowed}.{others}"
