"""A watch on the memory of one database connection, where the server runs on this machine.

PostgreSQL bounds what sorts and joins take (``work_mem``), not what one value takes: `array(select …)` grows to a
gigabyte before a timeout of seconds is up.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Final

import psycopg

MOST_KILOBYTES: Final = 64 * 1024
"""What the server's process behind a connection may take of its own; an idle one has 3 MB, shared buffers aside."""
_LOOK_EVERY: Final = 0.02  # seconds
_OWN_MEMORY: Final = re.compile(r"^VmData:\s+(\d+) kB$", re.MULTILINE)


@contextmanager
def watched_memory(connection: psycopg.Connection) -> Iterator[bool]:
    """Cancel the query that runs within, once its process takes more than `MOST_KILOBYTES`.

    Gives False where the process can't be seen: a server elsewhere, or no Linux. Looking and asking to cancel need no
    rights that the query's own client does not have, and can harm no other process.
    """
    process = _process_of(connection)
    if process is None:
        yield False
        return
    done = Event()
    watch = Thread(target=_watch, args=(connection, process, done), name="query-memory", daemon=True)
    watch.start()
    try:
        yield True
    finally:
        done.set()
        watch.join()


def _process_of(connection: psycopg.Connection) -> Path | None:
    info = connection.info
    process = Path(f"/proc/{info.backend_pid}")
    try:
        # Another machine's or container's number may stand for any process here; its title says whose it is.
        title = (process / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return None
    return process if title.startswith(f"postgres: {info.user} {info.dbname} ") else None


def _watch(connection: psycopg.Connection, process: Path, done: Event) -> None:
    while not done.wait(_LOOK_EVERY):
        try:
            found = _OWN_MEMORY.search((process / "status").read_text())
        except OSError:
            return
        if found and int(found[1]) > MOST_KILOBYTES:
            connection.cancel()
            return
