"""The system prompt: text in versioned files, filled in for each turn."""

from datetime import date
from functools import cache
from pathlib import Path
from string import Template
from typing import Final

from dyno_core.accounts.roles import Actor
from dyno_core.agent.knowledge import Lab

VERSION: Final = "system_v2"
"""Stored with each answer. A change of the words is a new file; the old ones stay, because answers name them."""


def system_prompt(*, lab: Lab, actor: Actor, today: date, earlier: str = "") -> str:
    """``earlier``: what of the conversation is told in short, because it was cut."""
    return _template().substitute(
        weekday=f"{today:%A}",
        today=today.isoformat(),
        name=_line(actor.name),
        role=actor.role.value,
        test_types="\n".join(
            _line(f"- {name}" + (f" (also: {', '.join(synonyms)})" if synonyms else ""))
            for name, synonyms in lab.test_types.items()
        ),
        dynos=", ".join(_line(name) for name, _ in lab.dynos),
        views="\n".join(f"- {view}" for view in lab.views),
        earlier=f"\n# Earlier in this conversation\n{earlier}" if earlier else "",
    )


def _line(text: str) -> str:
    """Names are typed by people; none of them gets to begin a new paragraph of the rules."""
    return " ".join(text.split())[:200]


@cache
def _template() -> Template:
    return Template(Path(__file__).with_name(f"{VERSION}.md").read_text(encoding="utf-8"))
