"""Keeping conversations: set up once, held by one turn at a time."""

import pytest
from sqlalchemy import text

from dyno_core.agent.checkpoints import Checkpoints, StillAnswering, set_up
from dyno_core.database.engine import Database


def test_setting_up_twice_changes_nothing_and_keeps_the_tables_out_of_public(fresh_database: Database) -> None:
    set_up(fresh_database)
    set_up(fresh_database)
    with fresh_database.reading() as session:
        found = session.execute(
            text("SELECT table_schema FROM information_schema.tables WHERE table_name LIKE 'checkpoint%'")
        )
        assert {row.table_schema for row in found} == {"langgraph"}


def test_one_conversation_is_answered_once_at_a_time_and_another_one_meanwhile(fresh_database: Database) -> None:
    set_up(fresh_database)
    checkpoints = Checkpoints(fresh_database)
    with checkpoints.turn("a"), checkpoints.turn("b"), pytest.raises(StillAnswering), checkpoints.turn("a"):
        pass
    with checkpoints.turn("a"):
        pass
    checkpoints.dispose()
