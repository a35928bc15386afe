"""What the real service refuses with 400, so that no conversation passes here that it would not take."""

from collections.abc import Sequence
from typing import Any

Content = dict[str, Any]


def what_is_wrong(body: Content) -> str | None:
    """The service's complaint about a request, or None."""
    contents = body.get("contents") or []
    if not contents:
        return "contents is not specified"
    return _parts(contents) or _order(contents) or _signatures(contents) or _declared(body)


def calls_of(content: Content) -> list[Content]:
    return [part["functionCall"] for part in content.get("parts", []) if "functionCall" in part]


def responses_of(content: Content) -> list[Content]:
    return [part["functionResponse"] for part in content.get("parts", []) if "functionResponse" in part]


def _parts(contents: Sequence[Content]) -> str | None:
    if any(content.get("role") not in ("user", "model") for content in contents):
        return "Please use a valid role: user, model."
    return "a content holds no parts" if any(not content.get("parts") for content in contents) else None


def _order(contents: Sequence[Content]) -> str | None:
    """Each call answered right behind it, all at once and by its id; a turn begins with a person."""
    open_calls: dict[str, str] = {}
    previous: Content = {}
    for content in contents:
        asked, answered = calls_of(content), responses_of(content)
        if asked and previous.get("role") != "user":
            return "a function call turn comes immediately after a user turn or after a function response turn"
        if len(answered) != len(open_calls):
            return "the number of function response parts is equal to the number of function call parts"
        for one in answered:
            if open_calls.pop(one.get("id", ""), None) != one["name"]:
                return "a function response has the id and the name of its function call"
        for call in asked:
            if not call.get("id"):
                return "a function call has no id"
            open_calls[call["id"]] = call["name"]
        previous = content
    if open_calls:
        return "a function call without a function response"
    return None if previous.get("role") == "user" else "a request ends with a user turn"


def _signatures(contents: Sequence[Content]) -> str | None:
    """In the current turn, the first call of each step carries the thought that led to it."""
    starts = [at for at, content in enumerate(contents) if content["role"] == "user" and not responses_of(content)]
    for content in contents[starts[-1] if starts else 0 :]:
        first = next((part for part in content["parts"] if "functionCall" in part), None)
        if first and not first.get("thoughtSignature"):
            return "Function call is missing a thought_signature in functionCall parts"
    return None


def _declared(body: Content) -> str | None:
    for tool in body.get("tools", []):
        for one in tool.get("functionDeclarations", []):
            if not one.get("description"):
                return f"the function {one.get('name')} has no description"
    return None
