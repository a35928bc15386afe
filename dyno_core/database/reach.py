"""Why a given database can't be reached: for the operator who set its address, at the start."""

import socket

import psycopg
from sqlalchemy import URL, make_url

from dyno_core.database.engine import plain_url
from dyno_core.errors import DatabaseUnavailable, DynoError

_SECONDS = 3


class Unreachable(DatabaseUnavailable):
    """The same refusal, in words for whoever can mend the setting."""

    def __init__(self, problem: str) -> None:
        DynoError.__init__(self, f"The database can't be reached: {problem}.")


def explain_unreachable(url: str) -> Unreachable | None:
    """What is wrong with the address, or None when it answers by now. Takes up to some seconds.

    A connection that fails carries no SQLSTATE, and its text is in the server's language: so the steps of
    connecting are taken one by one. The password is never repeated.
    """
    address = make_url(plain_url(url))
    try:
        psycopg.connect(plain_url(url), connect_timeout=_SECONDS).close()
    except psycopg.OperationalError as refused:
        return Unreachable(_nobody_listens(address) or _turned_away(address, refused))
    return None


def _nobody_listens(address: URL) -> str | None:
    """What keeps a connection from being made at all; None where somebody answers, or over a socket in a folder."""
    host, port = address.host, address.port or 5432
    if not host:
        return None
    try:
        socket.create_connection((host, port), timeout=_SECONDS).close()
    except socket.gaierror:
        return f"this machine knows no host “{host}”; check the name in DATABASE_URL"
    except TimeoutError:
        return f"{host}:{port} does not answer; check host and port in DATABASE_URL, and the firewall between"
    except OSError:
        return f"nothing listens on {host}:{port}; start the server, or check host and port in DATABASE_URL"
    return None


def _turned_away(address: URL, refused: psycopg.OperationalError) -> str:
    user, name = address.username or "the default user", address.database or "the default database"
    if refused.pgconn is not None and refused.pgconn.needs_password:
        return f"the server wants a password for user “{user}”; put it into DATABASE_URL"
    if refused.pgconn is not None and refused.pgconn.used_password:
        return (
            f"the server does not let user “{user}” into “{name}”; check user, password and name in DATABASE_URL, "
            "and whether the server is up"
        )
    return f"the server does not let user “{user}” into “{name}”; check that both exist, and whether the server is up"
