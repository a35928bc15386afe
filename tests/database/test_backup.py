"""What may take the place of everything, and that all of it comes back."""

from pathlib import Path

import pytest
from sqlalchemy import text

from dyno_core.booking import cancel_allocation, list_allocations
from dyno_core.database.backup import backup, restore
from dyno_core.database.engine import Database
from dyno_core.database.migrate import is_current
from dyno_core.database.violations import ConstraintRefused
from dyno_core.errors import InvalidInput
from tests.builders import OPERATOR_ORIGIN, book, given_dyno, given_vehicle, scalar


def _set_revision(database: Database, revision: str) -> None:
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_everything_comes_back_and_the_record_of_changes_stays_append_only(
    fresh_database: Database, tmp_path: Path
) -> None:
    given_dyno(fresh_database, "North 1")
    booked = book(fresh_database, given_vehicle(fresh_database))
    assert backup(fresh_database, tmp_path / "all.dump") == (tmp_path / "all.dump").stat().st_size
    cancel_allocation(fresh_database, OPERATOR_ORIGIN, booked.id, reason="after the backup")

    restore(fresh_database, tmp_path / "all.dump")

    assert [one.status for one in list_allocations(fresh_database)] == ["scheduled"]
    assert scalar(fresh_database, "SELECT string_agg(action, ' ' ORDER BY id) FROM audit_log WHERE entity = 'allocation'") == "book"  # fmt: skip
    assert scalar(fresh_database, "SELECT count(*) FROM reporting.allocations") == 1
    with pytest.raises(ConstraintRefused, match="it only grows"), fresh_database.writing() as session:
        session.execute(text("DELETE FROM audit_log"))
    cancel_allocation(fresh_database, OPERATOR_ORIGIN, booked.id, reason="numbers go on where they were")


def test_only_a_whole_backup_of_a_known_release_takes_the_place_of_what_is_there(
    fresh_database: Database, tmp_path: Path
) -> None:
    given_dyno(fresh_database, "North 1")
    now = str(scalar(fresh_database, "SELECT version_num FROM alembic_version"))
    _set_revision(fresh_database, "29990101_01_from_the_future")
    backup(fresh_database, tmp_path / "newer.dump")
    _set_revision(fresh_database, now)
    with fresh_database.writing() as session:
        session.execute(text("ALTER TABLE alembic_version RENAME TO somebody_elses"))
    backup(fresh_database, tmp_path / "foreign.dump")
    with fresh_database.writing() as session:
        session.execute(text("ALTER TABLE somebody_elses RENAME TO alembic_version"))
    (tmp_path / "half.dump").write_bytes((tmp_path / "newer.dump").read_bytes()[:9000])
    (tmp_path / "text.dump").write_text("no backup")

    for name, says in (
        ("newer.dump", "made by a newer release"),
        ("foreign.dump", "not a backup of this app"),
        ("half.dump", "or it is damaged"),
        ("text.dump", "not a backup of this app"),
        ("missing.dump", "no file missing"),
        (".", "no file"),
    ):
        with pytest.raises(InvalidInput, match=says):
            restore(fresh_database, tmp_path / name)

    assert scalar(fresh_database, "SELECT name FROM dynos") == "North 1"
    assert is_current(fresh_database)
    with pytest.raises(InvalidInput, match="is a folder; name a file in it"):
        backup(fresh_database, tmp_path)
