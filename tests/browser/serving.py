"""A server of its own for a test in the browser: the real command, on a free port."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]


class Server:
    """The app on a port of its own; ``environment`` is added to this process's. Its log is in ``folder``."""

    def __init__(self, folder: Path, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = os.environ | environment | {"DYNO_HOME": str(folder / "home")}
        self._log = folder / "server.log"

    def start(self) -> None:
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "dyno_core", "serve", "--port", str(self.port), "--host", "127.0.0.1"],
                cwd=ROOT,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_until_healthy(self.url, self._process, self._log)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)

    def kill(self) -> None:
        """As the machine's out-of-memory killer would: nothing is put in order."""
        self._process.kill()
        self._process.wait(timeout=30)


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[str]:
    """The address of a running app."""
    server = Server(folder, **environment)
    try:
        server.start()
        yield server.url
    finally:
        server.stop()


def wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path, *, path: str = "/health") -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        try:
            with urlopen(url + path, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())
