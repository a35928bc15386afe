"""Whatever is killed in the middle of a storm: what was confirmed is there, once, and nothing overlaps."""

import multiprocessing
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest

from dyno_core.booking import list_allocations
from dyno_core.database.embedded import start_embedded
from dyno_core.database.engine import Database
from dyno_core.database.migrate import migrate
from dyno_core.errors import DatabaseUnavailable, DynoError
from tests.builders import book, given_dyno, given_vehicle, in_days, overlapping_pairs, scalar
from tests.database.embedded_support import postmaster, temporary_home

CLIENTS = 8
DYNOS = 12
VEHICLES = 40
MOST_WISHES = 5000
PATIENCE = 60


@dataclass(frozen=True)
class Wish:
    """One booking; ``key`` makes it repeatable."""

    key: str
    vehicle_id: int
    start: int
    days: int

    def book(self, database: Database) -> int:
        return book(database, self.vehicle_id, start=in_days(self.start), days=self.days, key=self.key).id


@dataclass
class Client:
    """An app process that books one wish after the other until it is told to stop, or meets a dead database."""

    process: BaseProcess
    pipe: Connection
    confirmed: dict[Wish, int] = field(default_factory=dict)
    lost: list[Wish] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)

    def hear(self) -> None:
        wish, answer = self.pipe.recv()
        if isinstance(answer, int):
            self.confirmed[wish] = answer
        elif answer == DatabaseUnavailable.code:
            self.lost.append(wish)
        elif answer.startswith("crash"):
            self.crashes.append(answer)


def _client(url: str, number: int, vehicles: list[int], pipe: Connection) -> None:
    database, chance = Database(url, pool_size=1), random.Random(number)
    for turn in range(MOST_WISHES):
        if pipe.poll() and pipe.recv() == "stop":
            break
        wish = Wish(f"{number}-{turn}", chance.choice(vehicles), chance.randrange(2000), chance.randint(1, 6))
        try:
            pipe.send((wish, wish.book(database)))
        except DatabaseUnavailable as refusal:
            pipe.send((wish, refusal.code))
            break
        except DynoError as refusal:
            pipe.send((wish, refusal.code))
        except Exception as defect:  # noqa: BLE001 - reported to the test, which fails on it
            pipe.send((wish, f"crash: {defect!r}"))
            break
    database.dispose()


@contextmanager
def _storm(database: Database) -> Iterator[list[Client]]:
    """`CLIENTS` processes that book at once; killed at the end if they still run."""
    for number in range(DYNOS):
        given_dyno(database, f"N{number:02}", preference=number)
    vehicles = [given_vehicle(database) for _ in range(VEHICLES)]
    database.dispose()
    context, clients = multiprocessing.get_context("fork"), []
    for number in range(CLIENTS):
        ours, theirs = context.Pipe()
        process = context.Process(target=_client, args=(database.url, number, vehicles, theirs), daemon=True)
        process.start()
        theirs.close()  # so that the end of the process is the end of its pipe
        clients.append(Client(process, ours))
    yield clients
    for client in clients:
        client.process.kill()
        client.process.join(PATIENCE)


def _listen(clients: list[Client], *, until_each_has: int) -> None:
    """Hear all clients until each of them has had so many bookings confirmed."""
    while any(len(client.confirmed) < until_each_has for client in clients):
        by_pipe = {client.pipe: client for client in clients}
        ready = wait(list(by_pipe), PATIENCE)
        assert ready, "no client said anything for a minute"
        for pipe in ready:
            by_pipe[pipe].hear()  # type: ignore[index]


def _hear_out(clients: list[Client]) -> None:
    """Everything that clients which end by themselves still say."""
    for client in clients:
        with suppress(EOFError):
            while True:
                assert wait([client.pipe], PATIENCE), "a client neither spoke nor ended for a minute"
                client.hear()
        client.process.join(PATIENCE)


def _assert_whole(database: Database, clients: list[Client]) -> None:
    stored = {one.id: one for one in list_allocations(database)}
    for client in clients:
        assert client.crashes == []
        for wish, number in client.confirmed.items():
            assert stored[number].vehicle_id == wish.vehicle_id
            assert stored[number].start_date == in_days(wish.start)
    assert overlapping_pairs(database) == 0
    assert scalar(database, "SELECT count(*) FROM audit_log WHERE action = 'book'") == len(stored)


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as path:
        yield path


def test_after_the_database_was_killed_in_a_storm_every_confirmed_allocation_is_there_once(home: Path) -> None:
    with start_embedded(home) as server:
        database = Database(server.url)
        migrate(database)
        with _storm(database) as clients:
            _listen(clients, until_each_has=10)
            leader = postmaster(home)
            for process in (leader, *leader.children(recursive=True)):
                _kill(process)
            _hear_out(clients)
        assert all(client.lost or len(client.confirmed) > 10 for client in clients)
        assert any(client.lost for client in clients)

        server.ensure_running()

        _assert_whole(database, clients)
        for client in clients:
            for wish, number in client.confirmed.items():
                assert wish.book(database) == number
            for wish in client.lost:  # committed or not: asked again it is there exactly once
                assert _outcome(database, wish) == _outcome(database, wish)
        assert overlapping_pairs(database) == 0
        assert scalar(database, "SELECT count(*) - count(DISTINCT request_key) FROM allocations") == 0
        database.dispose()


def test_when_one_client_is_killed_the_others_go_on(fresh_database: Database) -> None:
    with _storm(fresh_database) as clients:
        _listen(clients, until_each_has=5)
        victim, others = clients[0], clients[1:]
        _kill(psutil.Process(victim.process.pid))
        victim.process.join(PATIENCE)
        assert victim.process.exitcode == -signal.SIGKILL

        goal = max(len(client.confirmed) for client in others) + 10
        _listen(others, until_each_has=goal)
        for client in others:
            client.pipe.send("stop")
        _hear_out(others)

    assert [client.process.exitcode for client in others] == [0] * len(others)
    assert not any(client.lost for client in others)
    _assert_whole(fresh_database, others)


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):  # a worker of the server that ended just now
        process.kill()


def _outcome(database: Database, wish: Wish) -> int | str:
    try:
        return wish.book(database)
    except DynoError as refusal:
        return refusal.code
