"""What the import refuses as a whole. A single bad row is no refusal: it is reported as rejected."""

from typing import ClassVar

from dyno_core.errors import InvalidInput


class WorkbookUnreadable(InvalidInput):
    """The file as a whole can't be read as a plan; nothing was imported."""

    code: ClassVar[str] = "workbook_unreadable"
