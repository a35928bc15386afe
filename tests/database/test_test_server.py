"""The server that the other tests run on."""

import os

import pytest
from sqlalchemy import text

from dyno_core.database.engine import Database


@pytest.mark.skipif("DYNO_TEST_DATABASE_URL" in os.environ, reason="somebody's own server has its own settings")
def test_no_test_waits_for_the_disk(fresh_database: Database) -> None:
    with fresh_database.statement() as connection:
        assert connection.scalar(text("SHOW fsync")) == "off"
