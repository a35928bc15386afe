"""The embedded PostgreSQL in homes of every kind: odd paths, other owners, deleted, copied, broken."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from dyno_core.database import cluster as cluster_module
from dyno_core.database.embedded import start_embedded
from dyno_core.errors import DatabaseUnavailable, Misconfigured
from tests.database.embedded_support import (
    AS_NOBODY,
    AS_ROOT,
    NEEDS_ROOT,
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


def test_a_deep_path_with_spaces_and_signs_will_do_as_a_home(empty_home: Path) -> None:
    odd = empty_home / "with spaces, commas & 'quotes' $HOME %41" / "/".join(["d" * 60] * 4)
    with start_embedded(odd) as server:
        note_down(server.url)
    with start_embedded(odd) as server:
        assert noted(server.url) == ["kept"]


def test_a_home_deleted_under_a_running_server_can_be_made_anew_at_once(home: Path) -> None:
    with start_embedded(home) as old:
        note_down(old.url)
        shutil.rmtree(home)
        with pytest.raises(DatabaseUnavailable):
            old.ensure_running()
        with start_embedded(home) as new:
            assert new.url != old.url
            assert ask(new.url, "SELECT to_regclass('note') AS table")[0].table is None
    shutil.rmtree(Path(str(sa.make_url(old.url).query["host"])))


def test_a_copied_home_has_a_server_of_its_own(home: Path) -> None:
    with start_embedded(home) as server:
        note_down(server.url)
    copy = home.with_name("copy")
    subprocess.run(["cp", "-a", home, copy], check=True)
    with start_embedded(home) as server, start_embedded(copy) as other:
        assert other.url != server.url
        ask(other.url, "DELETE FROM note RETURNING line")
        assert noted(server.url) == ["kept"]


@NEEDS_ROOT  # without root every test here proves it
def test_an_ordinary_user_can_run_it_and_root_joins_without_changing_owners(empty_home: Path) -> None:
    empty_home.parent.chmod(0o777)
    user = User(empty_home, AS_NOBODY)
    note_down(user.url())
    user.leave()
    assert not servers(empty_home)
    with start_embedded(empty_home) as server:
        assert noted(server.url) == ["kept"]
        assert postmaster(empty_home).uids().real == 65534
    again = User(empty_home, AS_NOBODY)
    assert noted(again.url()) == ["kept"]
    again.leave()
    assert not servers(empty_home)


@NEEDS_ROOT
def test_data_of_another_user_are_refused_in_a_sentence(home: Path) -> None:
    for path in (home, *home.glob("*.lock")):
        path.chmod(0o777)
    user = User(home, AS_NOBODY)
    assert "belongs to another user of this machine" in user.leave()


def test_data_of_another_major_version_are_refused_in_a_sentence(home: Path) -> None:
    (home / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(Misconfigured, match=r"written by PostgreSQL 16.*brings PostgreSQL 18.*another DYNO_HOME"):
        start_embedded(home)
    assert not servers(home)


def test_a_home_that_is_a_file_is_refused_in_a_sentence(empty_home: Path) -> None:
    empty_home.write_text("not a folder")
    with pytest.raises(Misconfigured, match=r"can't use DYNO_HOME: file exists; make that folder writable"):
        start_embedded(empty_home)


def test_a_folder_in_the_place_of_the_data_is_refused_and_kept(empty_home: Path) -> None:
    (empty_home / "postgres").mkdir(parents=True)
    (empty_home / "postgres" / "thesis.txt").write_text("years of work")
    with pytest.raises(Misconfigured, match="holds no PostgreSQL data; move it elsewhere"):
        start_embedded(empty_home)
    assert (empty_home / "postgres" / "thesis.txt").read_text() == "years of work"


def test_a_home_without_rights_is_refused_in_a_sentence(empty_home: Path) -> None:
    empty_home.mkdir(mode=0o500)
    assert "can't use DYNO_HOME: permission denied" in User(empty_home, AS_NOBODY if AS_ROOT else USER).leave()


@NEEDS_ROOT
def test_a_full_disk_is_called_by_its_name(empty_home: Path) -> None:
    empty_home.mkdir()
    small = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(empty_home)]
    if subprocess.run(small, check=False, capture_output=True).returncode != 0:
        pytest.skip("no file system may be mounted here")
    try:
        with pytest.raises(Misconfigured, match="could not be created: the disk is full; free some space"):
            start_embedded(empty_home)
    finally:
        subprocess.run(["umount", "--lazy", str(empty_home)], check=True)


def test_a_server_that_can_not_start_is_refused_in_a_sentence_that_names_its_log(home: Path) -> None:
    with (home / "postgres" / "postgresql.conf").open("a") as settings:
        settings.write("shared_buffers = nonsense\n")
    with pytest.raises(Misconfigured, match=r"did not start: postgres\.log in DYNO_HOME says why"):
        start_embedded(home)
    assert "shared_buffers" in (home / "postgres.log").read_text()


def test_a_server_that_somebody_started_by_hand_is_left_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "DYING_SECONDS", 0)
    data, owner = home / "postgres", (home / "postgres").stat()
    with tempfile.TemporaryFile() as log:
        foreign = subprocess.Popen(
            [cluster_module.programs_folder() / "postgres", "-D", data, "-h", "", "-k", data],
            stdout=log,
            stderr=log,
            cwd="/",
            **({"user": owner.st_uid, "group": owner.st_gid} if AS_ROOT else {}),
        )
    until(lambda: (data / "postmaster.pid").exists() and "ready" in (data / "postmaster.pid").read_text())
    try:
        with pytest.raises(Misconfigured, match=r"Another PostgreSQL \(process \d+\)"):
            start_embedded(home)
        assert foreign.poll() is None
    finally:
        foreign.send_signal(signal.SIGINT)
        assert foreign.wait(60) == 0
