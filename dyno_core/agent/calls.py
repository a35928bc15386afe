"""The calls of a model's message, made such that they can be stored, told apart and refused."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from langchain_core.messages import AIMessage

from dyno_core.errors import InvalidInput

LARGEST: Final = 1_000_000_000
"""No number of a tool is larger; larger ones fit neither the database nor the store of conversations."""
_TOO_LARGE: Final = "(a number out of range)"
_SIGNATURES: Final = "__gemini_function_call_thought_signatures__"


def tidied(answer: AIMessage) -> None:
    """Give every call an id of its own, and put a mark for every number that is out of range."""
    seen: set[str] = set()
    signatures = answer.additional_kwargs.get(_SIGNATURES, {})
    for call in answer.tool_calls:
        given = call["id"] or ""
        if not given or given in seen:
            call["id"] = f"call-{uuid4().hex}"
            if not given and given in signatures:  # what the service signed is found by the call's id
                signatures[call["id"]] = signatures.pop(given)
        seen.add(call["id"] or "")
        call["args"] = {name: _bounded(value) for name, value in call["args"].items()}


def refuse_marked(args: Mapping[str, Any]) -> None:
    """Raises `InvalidInput` when an argument was out of range."""
    if wrong := [name.replace("_", " ") for name, value in args.items() if _TOO_LARGE in str(value)]:
        raise InvalidInput(
            f"The number for {', '.join(wrong)} is out of range, so nothing was done; "
            f"give one between -{LARGEST:,} and {LARGEST:,}."
        )


def _bounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _bounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_bounded(inner) for inner in value]
    # Written so that what is not a number at all is out of range too.
    return _TOO_LARGE if isinstance(value, int | float) and not abs(value) <= LARGEST else value
