"""Keeping conversations: set up once, held by one turn at a time."""

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint
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


def test_a_turn_reads_its_conversation_anew_only_once_it_was_written(fresh_database: Database) -> None:
    set_up(fresh_database)
    checkpoints = Checkpoints(fresh_database)
    config: RunnableConfig = {"configurable": {"thread_id": "a", "checkpoint_ns": ""}}
    with checkpoints.turn("a") as saver:
        assert saver.get_tuple(config) is None
        for _ in range(2):
            stored = saver.put(config, empty_checkpoint(), {"step": 1}, {})
            first, again = saver.get_tuple(config), saver.get_tuple(config)
            assert first is not None
            assert first == again
            assert first.config == stored
            first.checkpoint["versions_seen"]["llm"] = {"messages": 1}
            assert saver.get_tuple(config) == again  # what is done to one that was handed out stays there
    checkpoints.dispose()
