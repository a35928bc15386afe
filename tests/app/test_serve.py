"""Starting and stopping as `make run` does it, with the embedded server."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.browser.serving import ROOT, wait_until_healthy


def serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    with (folder / "server.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "dyno_core", "serve", "--port", str(port)],
            cwd=ROOT,
            env=os.environ | {"DYNO_HOME": str(folder / "home")},
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def test_however_it_is_ended_the_app_stops_all_it_started_and_can_be_started_again(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "server.log"
    for ending in (signal.SIGINT, signal.SIGHUP):
        first = serve(tmp_path, port)
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}", first, log)
            if ending == signal.SIGINT:
                assert serve(tmp_path, port).wait(timeout=60) == 1
                assert "something else listens there already; choose another port" in log.read_text()
            first.send_signal(ending)
            assert first.wait(timeout=30) == 0
        finally:
            first.kill()
            first.wait()
        assert not (tmp_path / "home" / "postgres" / "postmaster.pid").exists()
    assert "Traceback" not in log.read_text()
