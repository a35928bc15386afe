"""What a change in the app means to the next import of the row that an allocation or a request came from."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from dyno_core.database.models import AllocationRow, ImportedRow, RequestRow

NOT_IN_THE_FILE: Final = frozenset({"follow_up", "priority"})
"""Columns of allocations and requests that no workbook says, and that mean nothing to what it says."""


def tell_import(session: Session, row: AllocationRow | RequestRow, *, changed: Collection[str]) -> None:
    """Call before ``row`` gets its next version, with the names of the columns that change.

    Where no file says any of them, the file stays the last word on all the others: the next version is as imported.
    """
    if not NOT_IN_THE_FILE.issuperset(changed):
        return
    its_id = ImportedRow.allocation_id if isinstance(row, AllocationRow) else ImportedRow.request_id
    session.execute(
        update(ImportedRow)
        .where(its_id == row.id, ImportedRow.stored_version == row.version)
        .values(stored_version=ImportedRow.stored_version + 1)
    )
