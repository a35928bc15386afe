"""Other processes that use an embedded server, and what the tests of it look at from outside."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

ROOT = Path(__file__).parents[2]
AS_ROOT = os.geteuid() == 0
USER = """
import signal, sys
from pathlib import Path
from dyno_core.database.embedded import start_embedded
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with start_embedded(Path(sys.argv[1])) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


# Dropped after the imports, since an interpreter below /root is out of an ordinary user's reach.
AS_NOBODY = USER.replace(
    "signal.signal(", "import os\nos.setgroups([]); os.setgid(65534); os.setuid(65534)\nsignal.signal("
)
NEEDS_ROOT = pytest.mark.skipif(not AS_ROOT, reason="only root can become another user")


class User:
    """Another process that uses the server of a home until it is told to leave."""

    def __init__(self, home: Path, script: str = USER) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, str(home)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def url(self) -> str:
        line = self.process.stdout.readline().strip()
        assert line.startswith("postgresql"), self.process.stderr.read()
        return line

    def leave(self) -> str:
        """Close its input, wait for its end, and return what it wrote to stderr."""
        return self.process.communicate(timeout=90)[1]

    def end_by(self, number: int) -> None:
        self.process.send_signal(number)
        self.leave()


@contextmanager
def temporary_home(*, copy_of: Path | None = None) -> Iterator[Path]:
    """The path of a home that does not exist yet, or that is a copy; what runs there is killed in the end."""
    # Not tmp_path: its parents are closed to the user that root lends to PostgreSQL.
    folder = Path(tempfile.mkdtemp(prefix="dyno-test-"))
    if copy_of is not None:
        folder.chmod(0o711)
        subprocess.run(["cp", "-a", copy_of, folder / "home"], check=True)
    yield folder / "home"
    for process in servers(folder):
        process.kill()
    until(lambda: not servers(folder))
    shutil.rmtree(folder)


def servers(home: Path) -> list[psutil.Process]:
    """The postmasters (and initdb) of a folder, found by their command lines. Zombies have none."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.name() in {"postgres", "initdb"} and any(str(home) in part for part in process.cmdline()):
                found.append(process)
    return found


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited a minute in vain"


def postmaster(home: Path) -> psutil.Process:
    return psutil.Process(int((home / "postgres" / "postmaster.pid").read_text().split()[0]))


def ask(url: str, *statements: str) -> list[sa.Row]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements[:-1]:
            connection.execute(sa.text(statement))
        return list(connection.execute(sa.text(statements[-1])))


def note_down(url: str) -> None:
    ask(url, "CREATE TABLE note (line text)", "INSERT INTO note VALUES ('kept') RETURNING line")


def noted(url: str) -> list[str]:
    return [row.line for row in ask(url, "SELECT line FROM note")]
