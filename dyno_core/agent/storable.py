"""Text as a database keeps it: what a model says may hold letters that none stores."""

from typing import Any

from langchain_core.messages import AIMessage


def storable(value: Any) -> Any:
    """The value without NUL, and with “?” for each half of a letter, in all its texts, keys too."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode() if _is_odd(value) else value
    if isinstance(value, dict):
        return {storable(key): storable(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable(one) for one in value]
    return value


def _is_odd(text: str) -> bool:
    return any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in text)


def storable_answer(said: AIMessage) -> AIMessage:
    """A model's message that can be stored, and asked with again."""
    parts = ("content", "tool_calls", "invalid_tool_calls", "tool_call_chunks", "additional_kwargs")
    return said.model_copy(update={part: storable(getattr(said, part)) for part in parts if hasattr(said, part)})
