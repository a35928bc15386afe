"""A pooled connection that died while nobody used it is replaced before anybody notices."""

import pytest
from sqlalchemy import create_engine, text

from dyno_core.database import engine as engine_module
from dyno_core.database.engine import Database
from tests.fixtures.reused import BETWEEN_TESTS


def _end_all(database: Database) -> int:
    """End every connection of the pool as a restarting server does; how many there were. Waits until they are gone."""
    other = create_engine(database.url, isolation_level="AUTOCOMMIT")
    with other.connect() as connection:
        ended = connection.execute(
            text("""SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> :ours"""),
            {"ours": BETWEEN_TESTS},
        ).scalar_one()
    other.dispose()
    return int(ended)


def _pid(database: Database) -> int:
    with database.statement() as connection:
        return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def test_after_the_server_ended_every_connection_the_next_call_of_each_kind_works(fresh_database: Database) -> None:
    with fresh_database.statement() as one, fresh_database.statement() as two, fresh_database.statement() as three:
        for connection in (one, two, three):
            connection.execute(text("SELECT 1"))
    assert _end_all(fresh_database) == 3

    with fresh_database.statement() as connection, fresh_database.writing() as session:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
        assert session.execute(text("SELECT 2")).scalar_one() == 2
        with fresh_database.reading() as reader:
            assert reader.execute(text("SELECT 3")).scalar_one() == 3


def test_a_connection_that_lives_is_used_again_without_asking_it(fresh_database: Database) -> None:
    first = _pid(fresh_database)

    assert _pid(fresh_database) == first


@pytest.mark.parametrize("ended", [False, True])
def test_a_connection_that_was_idle_for_long_is_asked_first(
    fresh_database: Database, monkeypatch: pytest.MonkeyPatch, ended: bool
) -> None:
    first = _pid(fresh_database)
    monkeypatch.setattr(engine_module, "_PING_AFTER_SECONDS", -1)
    # A network that drops a connection leaves nothing to read: only the question finds out.
    monkeypatch.setattr(engine_module, "_has_something_to_read", lambda connection: False)
    if ended:
        assert _end_all(fresh_database) == 1

    assert (_pid(fresh_database) == first) is not ended
