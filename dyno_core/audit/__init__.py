"""The append-only record of every change."""

from dyno_core.audit.log import AuditEntry, Channel, Origin, as_json, history, latest, record

__all__ = ["AuditEntry", "Channel", "Origin", "as_json", "history", "latest", "record"]
