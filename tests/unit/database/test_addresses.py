"""DATABASE_URL: what can be read of it, and what is said when nobody answers there."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dyno_core.database.engine import Database, plain_url, sqlalchemy_url
from dyno_core.database.reach import explain_unreachable
from dyno_core.errors import Misconfigured

SECRET = "f0r-no-eyes"


@pytest.mark.parametrize("scheme", ["postgresql://", "postgres://", "postgresql+psycopg://"])
def test_the_usual_spellings_of_an_address_are_one(scheme: str) -> None:
    given = scheme + "me:a%40b@db.example.com:5433/dyno?sslmode=require"

    assert sqlalchemy_url(given) == "postgresql+psycopg://me:a%40b@db.example.com:5433/dyno?sslmode=require"
    assert plain_url(given) == "postgresql://me:a%40b@db.example.com:5433/dyno?sslmode=require"


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("garbage", "must start with postgresql://"),
        (f"mysql://me:{SECRET}@db.example.com/dyno", "must start with postgresql://"),
        (f"postgresql://me:{SECRET}@db.example.com:port/dyno", "can't be read; write it as postgresql://user:"),
        (f"postgresql://me:{SECRET}@db.example.com:99999/dyno", "can't be read"),
        (f"postgresql://me:{SECRET}@db.example.com/dyno?nonsense=1", "can't be read"),
        (f"postgresql://me:a/b@{SECRET}@db.example.com/dyno", "can't be read"),
        (f"postgresql://me:a@{SECRET}@db.example.com/dyno", "can't be read"),
        (f"postgresql://me:{SECRET}@[::1/dyno", "can't be read"),
    ],
)
def test_an_address_that_can_not_be_right_is_refused_without_repeating_it(address: str, says: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        Database(address)
    assert str(refused.value).startswith(f"DATABASE_URL {says}")
    assert SECRET not in str(refused.value)
    with pytest.raises(Misconfigured, match=r"^DATABASE_READER_URL "):
        Database("postgresql://me@db.example.com/dyno", reader_url=address)


def _packet(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", 4 + len(body)) + body


@contextmanager
def somebody_who_wants_a_password() -> Iterator[int]:
    """The port of a server that asks everybody for a password, and then lets nobody in.

    It speaks just that much of PostgreSQL's protocol: no to encryption, “password, please”, the refusal.
    """

    def converse(connection: socket.socket) -> None:
        with connection:
            hello = connection.recv(1024)
            if hello[4:8] == struct.pack("!i", 80877103):  # may we encrypt?
                connection.sendall(b"N")
                hello = connection.recv(1024)
            if not hello:
                return
            connection.sendall(_packet(b"R", struct.pack("!i", 3)))
            if connection.recv(1024):
                connection.sendall(_packet(b"E", b"SFATAL\0C28P01\0Mnein\0\0"))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # closed: the test is over
                return
            converse(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


def test_an_operator_is_told_which_part_of_the_address_to_mend() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with somebody_who_wants_a_password() as strict:
        said = [
            str(explain_unreachable(f"postgresql://{address}"))
            for address in (
                f"me:{SECRET}@127.0.0.1:{port}/dyno",
                f"me:{SECRET}@no-such-host.invalid/dyno",
                f"me@127.0.0.1:{strict}/dyno?sslmode=disable&gssencmode=disable",
                f"me:{SECRET}@127.0.0.1:{strict}/dyno?sslmode=disable&gssencmode=disable",
            )
        ]

    assert [one.removeprefix("The database can't be reached: ").split(";")[0] for one in said] == [
        f"nothing listens on 127.0.0.1:{port}",
        "this machine knows no host “no-such-host.invalid”",
        "the server wants a password for user “me”",
        "the server does not let user “me” into “dyno”",
    ]
    assert all("DATABASE_URL" in one and SECRET not in one and "nein" not in one for one in said)
