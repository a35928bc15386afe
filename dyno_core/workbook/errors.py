"""What the import refuses as a whole. A single bad row is no refusal: it is reported as rejected."""

from typing import ClassVar

from dyno_core.errors import DynoError, InvalidInput


class WorkbookUnreadable(InvalidInput):
    """The file as a whole can't be read as a plan; nothing was imported."""

    code: ClassVar[str] = "workbook_unreadable"


class PreviewStale(DynoError):
    """The import would do something else than its preview said; nothing was imported."""

    code: ClassVar[str] = "preview_stale"

    def __init__(self) -> None:
        super().__init__(
            "The plan was changed since this preview was made, so nothing was imported; look at the new preview and "
            "import again."
        )
