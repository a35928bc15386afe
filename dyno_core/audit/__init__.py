"""The append-only record of every change."""

from dyno_core.audit.log import (
    AuditEntry,
    Channel,
    Origin,
    Wanted,
    as_json,
    history,
    history_of_dyno,
    history_of_vehicle,
    latest,
    people_on_record,
    record,
)
from dyno_core.audit.names import Names, names_in
from dyno_core.audit.news import Mark, changes_after, mark_now, names_of_people
from dyno_core.audit.words import CHANNELS, KINDS, Difference, differences, in_short, in_words

__all__ = [
    "CHANNELS",
    "KINDS",
    "AuditEntry",
    "Channel",
    "Difference",
    "Mark",
    "Names",
    "Origin",
    "Wanted",
    "as_json",
    "changes_after",
    "differences",
    "history",
    "history_of_dyno",
    "history_of_vehicle",
    "in_short",
    "in_words",
    "latest",
    "mark_now",
    "names_in",
    "names_of_people",
    "people_on_record",
    "record",
]
