"""The embedded PostgreSQL with real processes and real signals: who starts it, who stops it, what survives."""

import ctypes
import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from dyno_core.database import cluster as cluster_module
from dyno_core.database.embedded import start_embedded
from dyno_core.errors import DatabaseUnavailable, Misconfigured
from tests.database.embedded_support import (
    AS_ROOT,
    USER,
    User,
    ask,
    note_down,
    noted,
    postmaster,
    servers,
    temporary_home,
    until,
)


@pytest.fixture(scope="module")
def used_home() -> Iterator[Path]:
    with temporary_home() as path:
        start_embedded(path).stop()
        yield path


@pytest.fixture
def home(used_home: Path) -> Iterator[Path]:
    """A home that was used before. A copy is much faster than a first start."""
    with temporary_home(copy_of=used_home) as path:
        yield path


@pytest.fixture
def empty_home() -> Iterator[Path]:
    with temporary_home() as path:
        yield path


def test_the_first_start_creates_a_durable_database_in_utc(empty_home: Path) -> None:
    with start_embedded(empty_home) as server:
        found = ask(
            server.url,
            "SELECT current_database() AS name, current_setting('TimeZone') AS zone, current_setting('fsync') AS fsync,"
            " current_setting('server_version_num')::int / 10000 AS major, lower('Ä') AS lower",
        )
        assert [tuple(row) for row in found] == [("dyno", "UTC", "on", 18, "ä")]


def test_a_clean_stop_leaves_no_process_and_no_socket(home: Path) -> None:
    server = start_embedded(home)
    sockets = Path(sa.make_url(server.url).query["host"])
    assert servers(home)
    assert (sockets / ".s.PGSQL.5432").is_socket()
    server.stop()
    assert not servers(home)
    assert not sockets.exists()


def test_nobody_but_the_owner_reaches_the_socket_or_the_data(home: Path) -> None:
    with start_embedded(home) as server:
        for folder in (Path(sa.make_url(server.url).query["host"]), home / "postgres"):
            assert folder.stat().st_mode & 0o077 == 0


def test_stopping_twice_is_harmless_and_a_stopped_handle_does_not_start_a_server(home: Path) -> None:
    server = start_embedded(home)
    server.stop()
    server.stop()
    with pytest.raises(DatabaseUnavailable):
        server.ensure_running()
    assert not servers(home)


def test_two_handles_in_one_process_count_as_two_users(home: Path) -> None:
    first, second = start_embedded(home), start_embedded(home)
    first.stop()
    assert ask(second.url, "SELECT 1")
    second.stop()
    assert not servers(home)


def test_a_second_process_joins_and_the_last_one_to_leave_stops_the_server(home: Path) -> None:
    first = User(home)
    url = first.url()
    second = User(home)
    assert second.url() == url
    assert len(servers(home)) == 1
    first.leave()
    note_down(url)
    second.leave()
    assert not servers(home)


def test_processes_that_start_at_once_on_an_empty_home_share_one_server(empty_home: Path) -> None:
    users = [User(empty_home) for _ in range(3)]
    assert len({user.url() for user in users}) == 1
    assert len(servers(empty_home)) == 1
    for user in users:
        assert user.leave() == "" or AS_ROOT  # root is told which folders were opened
    assert not servers(empty_home)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_sigterm_and_ctrl_c_stop_the_server(home: Path, number: int) -> None:
    user = User(home)
    user.url()
    user.end_by(number)
    assert not servers(home)


def test_ctrl_c_in_the_middle_of_the_first_start_leaves_no_server_and_no_harm(empty_home: Path) -> None:
    user = User(empty_home)
    until((empty_home / "postgres.new" / "PG_VERSION").exists)
    user.end_by(signal.SIGINT)
    assert not servers(empty_home)
    with start_embedded(empty_home) as server:
        assert ask(server.url, "SELECT 1")


def test_a_process_that_ends_without_stopping_stops_the_server_at_its_exit(home: Path) -> None:
    user = User(
        home,
        USER.replace(
            "with start_embedded(Path(sys.argv[1])) as server:",
            "if True:\n    server = start_embedded(Path(sys.argv[1]))",
        ),
    )
    user.url()
    user.leave()
    assert user.process.returncode == 0
    assert not servers(home)


def test_after_a_killed_postmaster_the_same_process_gets_a_working_server_with_its_data(home: Path) -> None:
    with start_embedded(home) as server:
        note_down(server.url)
        postmaster(home).kill()
        server.ensure_running()
        assert noted(server.url) == ["kept"]
        postmaster(home).kill()
        with start_embedded(home) as fresh:
            assert fresh.url == server.url
            assert noted(fresh.url) == ["kept"]
    assert not servers(home)


def test_after_a_killed_postmaster_another_process_gets_a_working_server_with_the_data(home: Path) -> None:
    user = User(home)
    note_down(user.url())
    postmaster(home).kill()
    with start_embedded(home) as server:
        assert noted(server.url) == ["kept"]
        user.leave()
        assert noted(server.url) == ["kept"]
    assert not servers(home)


def test_a_killed_user_is_forgotten_so_the_next_clean_exit_stops_the_server(home: Path) -> None:
    user = User(home)
    note_down(user.url())
    user.end_by(signal.SIGKILL)
    assert servers(home)
    with start_embedded(home) as server:
        assert noted(server.url) == ["kept"]
    assert not servers(home)


def test_after_everything_was_killed_the_data_is_there(home: Path) -> None:
    user = User(home)
    note_down(user.url())
    family = [postmaster(home), *postmaster(home).children(recursive=True)]
    user.process.kill()
    for process in family:
        with suppress(psutil.NoSuchProcess):  # it saw its parent die
            process.kill()
    user.leave()
    assert (home / "postgres" / "postmaster.pid").exists()
    with start_embedded(home) as server:
        assert noted(server.url) == ["kept"]


def test_a_process_killed_while_it_creates_the_data_does_no_harm(empty_home: Path) -> None:
    user = User(empty_home)
    until((empty_home / "postgres.new" / "PG_VERSION").exists)
    user.end_by(signal.SIGKILL)
    with start_embedded(empty_home) as server:
        note_down(server.url)
    with start_embedded(empty_home) as server:
        assert noted(server.url) == ["kept"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")
def test_a_zombie_postmaster_is_not_taken_for_a_live_one(home: Path) -> None:
    adopt_orphans = 36  # PR_SET_CHILD_SUBREAPER: a dead postmaster stays a zombie until this process reaps it
    libc = ctypes.CDLL(None)
    assert libc.prctl(adopt_orphans, 1, 0, 0, 0) == 0
    try:
        with start_embedded(home) as server:
            note_down(server.url)
            dead = postmaster(home)
            dead.kill()
            until(lambda: dead.status() == psutil.STATUS_ZOMBIE)
            server.ensure_running()
            assert noted(server.url) == ["kept"]
            assert dead.status() == psutil.STATUS_ZOMBIE
            assert postmaster(home).pid != dead.pid
        assert not servers(home)
    finally:
        libc.prctl(adopt_orphans, 0, 0, 0, 0)
        while any(child.status() == psutil.STATUS_ZOMBIE for child in psutil.Process().children()):
            os.waitpid(-1, 0)


def test_an_old_postmaster_file_that_names_a_stranger_is_ignored(home: Path) -> None:
    with start_embedded(home) as server:
        note_down(server.url)
        lines = (home / "postgres" / "postmaster.pid").read_text().splitlines()
    (home / "postgres" / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
    with start_embedded(home) as server:
        assert noted(server.url) == ["kept"]


def test_a_server_that_is_slow_to_answer_is_waited_for(home: Path) -> None:
    with start_embedded(home) as server:
        postmaster(home).suspend()
        user = User(home)
        with (home / "change.lock").open() as lock:
            until(lambda: is_held(lock.fileno()))
        assert user.process.poll() is None
        postmaster(home).resume()
        assert user.url() == server.url
        user.leave()


def is_held(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False


def test_a_server_that_never_answers_is_refused_in_a_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with start_embedded(home):
        postmaster(home).suspend()
        monkeypatch.setattr(cluster_module, "START_SECONDS", 0)
        with pytest.raises(Misconfigured, match=r"did not accept connections .* postgres\.log"):
            start_embedded(home)
        postmaster(home).resume()


def test_all_connections_in_use_does_not_look_like_a_dead_server(home: Path) -> None:
    with start_embedded(home) as server:
        engine = sa.create_engine(server.url, pool_size=100)
        held = [engine.connect() for _ in range(100)]
        server.ensure_running()
        with pytest.raises(DatabaseUnavailable):
            start_embedded(home)
        server.ensure_running()
        for connection in held:
            connection.close()
        engine.dispose()
        assert ask(server.url, "SELECT 1")
