"""Refusals: every one carries a sentence a person can act on and the facts behind it.

A front door (page, chat, command line, HTTP route) shows ``str(error)`` of a
`DynoError` and nothing of any other exception: what is not a `DynoError` is a
defect, is logged under a reference number, and only that number is shown.
"""

from typing import Any, ClassVar, Self


class DynoError(Exception):
    """A refusal that users are meant to see.

    ``message`` is one sentence or two: what was refused, why, and what to do next.
    ``facts`` holds the values behind the sentence, ready for JSON.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts

    def extended(self, sentence: str, **facts: Any) -> Self:
        """The same refusal with more to say, for whoever knows more than the place that refused."""
        self.message = f"{self.message} {sentence}".strip()
        self.args = (self.message,)
        self.facts = self.facts | facts
        return self


class InvalidInput(DynoError):
    """The request itself can't be right, whatever the plan holds."""

    code = "invalid_input"


class NotFound(DynoError):
    """What was named does not exist."""

    code = "not_found"


class NotAllowed(DynoError):
    """The person is known, but their role does not allow this."""

    code = "not_allowed"

    def __init__(self, *, what: str, role: str, needs: str) -> None:
        super().__init__(
            f"Your role “{role}” does not allow you to {what}; ask {needs} to do it.",
            what=what,
            role=role,
            needs=needs,
        )


class NotSignedIn(DynoError):
    """No valid session, or the account was disabled meanwhile."""

    code = "not_signed_in"

    def __init__(self) -> None:
        super().__init__("You are not signed in any more; sign in again to go on.")


class StaleVersion(DynoError):
    """Somebody else changed the record after it was read."""

    code = "stale"

    def __init__(self, *, what: str, expected: int, found: int) -> None:
        super().__init__(
            f"{what} was changed by someone else meanwhile, so nothing was changed now; "
            "look at it as it is now and try again.",
            what=what,
            expected=expected,
            found=found,
        )


class DatabaseUnavailable(DynoError):
    """The database can't be reached, or the connection was lost."""

    code = "database_unavailable"

    def __init__(self, *, in_the_middle: bool = False) -> None:
        super().__init__(
            "The connection to the database was lost in the middle of this; look at the plan before you try again."
            if in_the_middle
            else "The database can't be reached right now, so nothing was changed; try again in a minute.",
            in_the_middle=in_the_middle,
        )


class Busy(DynoError):
    """A lock was not to be had in time."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__("Others are changing the same part of the plan right now; try again in a moment.")


class Misconfigured(DynoError):
    """A setting is missing or contradicts another one."""

    code = "misconfigured"


class AlreadyTaken(DynoError):
    """Something of this name or identity exists already."""

    code = "already_exists"
