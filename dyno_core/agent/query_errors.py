"""Why a question in SQL was not run, in sentences of our own: what the database says stays in the log of the server.

Its words can hold names of tables, roles and files; ours name at most a piece of the query itself.
"""

import re
from collections.abc import Sequence
from typing import Final

from dyno_core.errors import InvalidInput

UNKNOWN: Final = frozenset({"42703", "42P01", "42P02", "3F000", "42704"})
"""SQLSTATEs of columns, views and the like that there are not."""
_SENTENCES: Final = {
    "42703": "There is no column {it} in the views that it reads.",
    "42P01": "There is no view {it}.",
    "3F000": "There is no view {it}.",
    "42704": "There is no type {it}.",
    "42883": "There is no function or operator {it} for such values.",
    "42702": "More than one view has a column {it}; write the view's name before it.",
    "42701": "Two columns have the name {it}; give one of them another name.",
    "42803": "Each column has to be grouped by or counted; {it} is neither.",
    "42601": "It is not one SELECT as PostgreSQL writes it; the trouble is at {it}.",
    "42804": "The kinds of values at {it} do not go together; convert one of them.",
    "42501": "It asks for something that questions may not read or do; only the reporting views are open.",
    "25006": "It would change something; questions only read.",
    "22P02": "The value at {it} is not of the kind that is compared with it.",
    "22007": "The date at {it} is not one; write it as YYYY-MM-DD.",
    "22008": "The date at {it} is not in the calendar.",
    "22012": "It divides by zero; leave those rows out, for example with nullif.",
    "21000": "A subquery in it finds more than one row where one is wanted.",
}
_BY_CLASS: Final = {
    "22": "A value in it can't be computed.",
    "42": "It is not a query that the database understands; the trouble is at {it}.",
}
_OTHER: Final = "It is not a query that can be run here."
_NOT_THE_PLAN: Final = re.compile(
    r"""
    pg_\w* | information_schema | u&["'] | \breg(?:class|proc|procedure|oper|operator|role|namespace|type)\b
    | \b(?:current_setting|set_config|current_user|session_user|system_user|current_role|current_database
        |current_catalog|current_schemas?|inet_\w+|has_\w+_privilege|to_reg\w+|txid_\w+|row_security_active
        |getdatabaseencoding|setseed|(?:obj|col|shobj)_description|format_type|\w+_to_xml\w*|lo_\w+|dblink\w*|tableoid|xmin|ctid)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_IDENTITY: Final = re.compile(r"\b(?:user|version)\b", re.IGNORECASE)
_GROWS: Final = re.compile(r"\b(?:(?:format|repeat|lpad|rpad|array_fill)\"?\s*\(|(?:var)?bit\b)", re.IGNORECASE)
"""What makes a text of any length out of a number; the database refuses most of it as well."""
_TEXT: Final = re.compile(r"'[^']*'")
_UNSURE: Final = re.compile(r"""[\\$"]|--|/\*""")
"""With any of these in a query, where a quoted text begins and ends is not for a pattern to say."""


class QueryRefused(InvalidInput):
    """A query that is not run, and why."""

    code = "query_refused"

    def __init__(self, message: str, *, unknown: bool = False, views: Sequence[str] = ()) -> None:
        super().__init__(message, **({"views": list(views)} if views else {}))
        self.unknown = unknown

    def knowing(self, views: Sequence[str]) -> "QueryRefused":
        """The same with the views and their columns, where a name in the query was not known."""
        return QueryRefused(self.message, unknown=True, views=views) if self.unknown else self


def refuse_what_is_not_the_plan(query: str) -> None:
    """Raises `QueryRefused` for a query that names the server's catalogs, settings or identity, or fills its memory.

    The names are looked for in the text as it stands, comments and quoted text included: no parser has to be right
    for this to hold, and no dyno or vehicle is called like that. Words that people use, too, such as “user” and
    “bit”, may stand in a quoted text.
    """
    unquoted = query if _UNSURE.search(query) else _TEXT.sub("''", query)
    found = _NOT_THE_PLAN.search(query) or _IDENTITY.search(unquoted)
    if found:
        raise QueryRefused(
            f"“{found[0][:60]}” is about the database itself, not the plan; only the reporting views can be asked.",
            unknown=True,
        )
    found = _GROWS.search(unquoted)
    if found:
        raise QueryRefused(
            f"“{found[0].rstrip('( ')}” can fill the database's memory, so questions may not use it; "
            "select the values as they are."
        )


def refused_by(state: str, query: str, at: int | None) -> QueryRefused:
    """The refusal for an SQLSTATE; ``at``: where in the query, counted from 0, when the database says so."""
    sentence = _SENTENCES.get(state) or _BY_CLASS.get(state[:2]) or _OTHER
    return QueryRefused(
        f"The query was not run: {sentence.format(it=_piece(query, at))} Mend the query and try again.",
        unknown=state in UNKNOWN,
    )


def _piece(query: str, at: int | None) -> str:
    if at is None or at < 0:
        return "one of its names"
    found = re.compile(r"[\w.\"]+|'[^']*'?|\S").match(query, at)
    return f"“{found[0][:60]}”" if found else "its end"
