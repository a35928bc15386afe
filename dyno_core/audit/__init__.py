"""The append-only record of every change."""

from dyno_core.audit.log import (
    AuditEntry,
    Channel,
    Origin,
    Wanted,
    as_json,
    history,
    latest,
    people_on_record,
    record,
)
from dyno_core.audit.names import Names, names_in
from dyno_core.audit.words import CHANNELS, KINDS, Difference, differences, in_words

__all__ = [
    "CHANNELS",
    "KINDS",
    "AuditEntry",
    "Channel",
    "Difference",
    "Names",
    "Origin",
    "Wanted",
    "as_json",
    "differences",
    "history",
    "in_words",
    "latest",
    "names_in",
    "people_on_record",
    "record",
]
