"""Calendar feeds over HTTP: the secret address is enough, and nothing else is."""

from collections.abc import Iterator

import pytest
from icalendar import Calendar
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from dyno_core.accounts.roles import Actor, Role
from dyno_core.accounts.users import set_disabled
from dyno_core.audit import Origin
from dyno_core.feeds import create_feed, revoke_feed
from dyno_core.start import App
from dyno_core.web.feeds import FeedRoutes
from dyno_core.web.gate import Gate
from dyno_core.web.headers import SecurityHeaders, installed_policy
from tests.builders import OPERATOR_ORIGIN, book, given_dyno, given_vehicle
from tests.database.booking.support import statements
from tests.fixtures.app import given_user

FORGED = "A" * 43


async def shell(request: Request) -> Response:
    return PlainTextResponse("the shell")


@pytest.fixture
def client(app: App) -> Iterator[TestClient]:
    """Nobody is signed in."""
    server = Starlette(
        routes=[
            *FeedRoutes(app, most_a_minute=5).routes(),
            Route("/{anything:path}", shell, methods=["GET", "POST", "DELETE"]),
        ],
        middleware=[
            Middleware(SecurityHeaders, policy=installed_policy()),
            Middleware(Gate, actor_of=lambda token: None),
        ],
    )
    with TestClient(server, follow_redirects=False) as opened:
        yield opened


@pytest.fixture
def engineer(app: App) -> Actor:
    return given_user(app.database, role=Role.ENGINEER)


@pytest.fixture
def address(app: App, engineer: Actor) -> str:
    """Of a dyno with one test on it, from today for three days."""
    dyno = given_dyno(app.database, "N1")
    today = app.clock.today()
    book(app.database, given_vehicle(app.database, tag="T1\r\nEND:VCALENDAR"), start=today, today=today)
    token = create_feed(app.database, Origin(engineer, "calendar"), dyno_id=dyno).token
    return f"/feeds/{token}.ics"


def test_the_secret_address_is_a_calendar(client: TestClient, address: str, app: App) -> None:
    answer = client.get(address)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["SUMMARY"] == "T1 END:VCALENDAR: brake on N1"
    assert (event["DTEND"].dt - event["DTSTART"].dt).days == 3
    assert event["DTSTART"].dt == app.clock.today()


def test_who_has_it_already_gets_nothing_again(client: TestClient, address: str, app: App) -> None:
    tag = client.get(address).headers["etag"]

    again = client.get(address, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")

    with app.database.writing() as session:
        session.execute(text("UPDATE allocations SET version = version + 1"))
    assert client.get(address, headers={"if-none-match": tag}).status_code == 200


def test_a_wrong_a_revoked_and_an_ended_address_look_alike(
    client: TestClient, address: str, app: App, engineer: Actor
) -> None:
    revoked = create_feed(app.database, Origin(engineer, "calendar"))
    revoke_feed(app.database, Origin(engineer, "calendar"), revoked.feed.id)
    set_disabled(app.database, OPERATOR_ORIGIN, email=engineer.email, disabled=True)

    paths = [address, f"/feeds/{revoked.token}.ics", f"/feeds/{FORGED}.ics", "/feeds/1.ics", "/feeds/", "/feeds/x/../y"]
    answers = [client.get(path) for path in paths]

    assert {answer.status_code for answer in answers} == {404}
    assert {answer.text for answer in answers} == {"There is no such page."}
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1


@pytest.mark.parametrize(
    "path",
    [
        f"/feeds/{FORGED}.ics/",
        f"/feeds/{FORGED}",
        f"/feeds/{FORGED}.ics/admin",
        f"/feeds/{FORGED}%2F..%2F.ics",
        f"/feeds/{FORGED}.ics%0a",
        "/feeds",
        "/feeds/../calendar",
    ],
)
def test_no_address_beside_it_leads_past_the_gate(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code in (401, 404)
    assert "shell" not in answer.text


def test_a_feed_can_only_be_read(client: TestClient, address: str) -> None:
    assert {client.request(method, address).status_code for method in ("POST", "PUT", "DELETE", "PROPFIND")} == {404}
    assert client.head(address).status_code == 200


def test_who_tries_addresses_is_stopped_before_the_database_is_asked_and_who_has_one_is_not(
    client: TestClient, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get(address).status_code == 200
    tried = [f"/feeds/{number:043}.ics" for number in range(9)]
    with statements(monkeypatch) as sent:
        answers = [client.get(path).status_code for path in tried[:5]]
        asked = len(sent)
        answers += [client.get(path).status_code for path in tried[5:]]
        assert (answers, len(sent)) == ([404] * 5 + [429] * 4, asked)
    assert client.get(address).status_code == 200


def test_many_who_have_an_address_may_come_from_one_place(client: TestClient, app: App, engineer: Actor) -> None:
    dyno = given_dyno(app.database, "N9")
    made = [create_feed(app.database, Origin(engineer, "calendar"), dyno_id=dyno).token for _ in range(6)]

    assert [client.get(f"/feeds/{token}.ics").status_code for token in made] == [200] * 6


def test_asking_all_the_time_is_slowed_down(client: TestClient, address: str) -> None:
    answers = [client.get(address) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "60"
