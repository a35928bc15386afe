"""Signing in over HTTP: the routes and the gate around a page that must not be seen without them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from dyno_core.accounts.roles import Role
from dyno_core.accounts.sign_in import open_sessions
from dyno_core.accounts.tokens import Claims, encode_token
from dyno_core.accounts.users import change_password, set_disabled
from dyno_core.audit.log import Origin
from dyno_core.database.engine import Database
from dyno_core.database.models import SignInAttemptRow
from dyno_core.settings import Settings
from dyno_core.start import App
from dyno_core.web.gate import COOKIE, Gate
from dyno_core.web.headers import SecurityHeaders, installed_policy
from dyno_core.web.sign_in import SignInRoutes
from dyno_core.web.status import StatusRoutes
from tests.fixtures.app import KEY, given_user

EMAIL, PASSWORD = "engineer@example.com", "rollers and wheels"
PAGE = {"accept": "text/html"}


async def secret(request: Request) -> Response:
    return PlainTextResponse("the plan of the lab")


async def stream(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("the plan of the lab")
    await websocket.close()


def server_of(app: App) -> Starlette:
    sign_in = SignInRoutes(app)
    return Starlette(
        routes=[
            *sign_in.routes(),
            *StatusRoutes(app).routes(),
            Route("/calendar", secret),
            WebSocketRoute("/_stcore/stream", stream),
        ],
        middleware=[
            Middleware(SecurityHeaders, policy=installed_policy()),
            Middleware(Gate, actor_of=sign_in.actor_of),
        ],
    )


@pytest.fixture
def client(app: App) -> Iterator[TestClient]:
    with TestClient(server_of(app), base_url="https://dyno.example", follow_redirects=False) as opened:
        yield opened


@pytest.fixture
def client_without_database(app: App) -> Iterator[TestClient]:
    """The same server after its database went away."""
    gone = Database("postgresql://nobody@127.0.0.1:1/gone")
    lost = App(database=gone, clock=app.clock, settings=app.settings, embedded=None)
    with TestClient(server_of(lost), base_url="https://dyno.example", follow_redirects=False) as opened:
        yield opened
    gone.dispose()


def sign_in(client: TestClient, *, password: str = PASSWORD, next_path: str = "/calendar", **headers: str) -> Response:
    form = {"email": EMAIL, "password": password, "next": next_path}
    return client.post("/auth/login", data=form, headers={"origin": "https://dyno.example"} | headers)


def test_the_sign_in_page_tells_why_one_is_there_and_nothing_that_an_address_brings(client: TestClient) -> None:
    assert client.get("/auth/bye.js?told=password-changed").text.endswith('+ "&told=password-changed";\n')
    assert "told" not in client.get('/auth/bye.js?told=";alert(1)').text
    said = "Password changed; sign in with the new one."
    assert said in client.get("/auth/login?next=/calendar&told=password-changed").text
    assert 'role="status"' not in client.get("/auth/login?told=anything").text


def test_a_visitor_is_sent_to_sign_in_and_the_whole_address_goes_along(client: TestClient) -> None:
    answer = client.get("/calendar?team=EV&view=month", headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/auth/login?next=%2Fcalendar%3Fteam%3DEV%26view%3Dmonth"


def test_what_is_no_page_gets_no_redirect_but_a_plain_no(client: TestClient) -> None:
    answer = client.get("/calendar")
    assert (answer.status_code, answer.json()) == (401, {"error": "not_signed_in"})


def test_the_websocket_is_refused_before_it_is_open(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect) as refusal, client.websocket_connect("/_stcore/stream"):
        pass
    assert refusal.value.code == 4401


def test_signing_in_leads_to_the_page_and_sets_a_cookie_that_scripts_can_not_read(client: TestClient, app: App) -> None:
    given_user(app.database, email=EMAIL, password=PASSWORD)
    answer = sign_in(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/calendar")
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in (COOKIE, "httponly", "samesite=lax", "secure", "max-age=86400", "path=/"))
    assert client.get("/calendar", headers=PAGE).text == "the plan of the lab"
    handshake = {"cookie": f"{COOKIE}={client.cookies[COOKIE]}"}  # the test client's own goes to https only
    with client.websocket_connect("/_stcore/stream", headers=handshake) as websocket:
        assert websocket.receive_text() == "the plan of the lab"
    assert client.get("/auth/login?next=/calendar").headers["location"] == "/calendar"


def test_over_plain_http_the_cookie_is_not_marked_secure(client: TestClient, app: App) -> None:
    given_user(app.database, email=EMAIL, password=PASSWORD)
    answer = client.post(
        "http://dyno.example/auth/login",
        data={"email": EMAIL, "password": PASSWORD},
        headers={"origin": "http://dyno.example"},
    )
    assert "secure" not in answer.headers["set-cookie"].lower()


def test_a_wrong_password_keeps_the_address_and_says_so(client: TestClient, app: App) -> None:
    given_user(app.database, email=EMAIL, password=PASSWORD)
    answer = sign_in(client, password='"><script>alert(1)</script>', next_path="/calendar?a=b")
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert "The e-mail address or the password is wrong" in answer.text
    assert f'value="{EMAIL}"' in answer.text
    assert 'name="next" value="/calendar?a=b"' in answer.text
    assert "<script" not in answer.text
    assert "set-cookie" not in answer.headers


def test_a_locked_account_is_told_when_to_try_again(client: TestClient, app: App) -> None:
    given_user(app.database, email=EMAIL, password=PASSWORD)
    with app.database.writing() as session:
        now = datetime.now(UTC)
        session.add_all([SignInAttemptRow(at=now, email=EMAIL, address="x", succeeded=False) for _ in range(5)])
    answer = sign_in(client)
    assert answer.status_code == 429
    assert re.search(r"too many failed sign-ins; try again in 15 minutes", answer.text)
    assert 890 <= int(answer.headers["retry-after"]) <= 900


def test_a_form_on_another_site_signs_nobody_in_and_nobody_out(client: TestClient, app: App) -> None:
    given_user(app.database, email=EMAIL, password=PASSWORD)
    answer = sign_in(client, origin="https://evil.example")
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    sign_in(client)
    assert client.post("/auth/logout", headers={"origin": "https://evil.example"}).status_code == 403
    assert "Sign out?" in client.get("/auth/logout", headers={"sec-fetch-site": "cross-site"}).text
    assert client.get("/calendar", headers=PAGE).status_code == 200


def test_a_token_that_was_copied_is_worth_nothing_after_signing_out(client: TestClient, app: App) -> None:
    admin = given_user(app.database, role=Role.ADMIN, email=EMAIL, password=PASSWORD)
    sign_in(client)
    copied = client.cookies[COOKIE]
    answer = client.get("/auth/logout", headers={"sec-fetch-site": "same-origin"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/auth/login")
    assert client.cookies.get(COOKIE) is None
    client.cookies.set(COOKIE, copied)
    assert client.get("/calendar", headers=PAGE).status_code == 303
    assert open_sessions(app.database, admin, now=datetime.now(UTC)) == ()


def test_whoever_is_disabled_or_has_a_new_password_is_out_with_every_session(client: TestClient, app: App) -> None:
    admin = Origin(given_user(app.database, role=Role.ADMIN), "admin")
    given_user(app.database, email=EMAIL, password=PASSWORD)

    def signed_in() -> str:
        client.cookies.clear()
        sign_in(client)
        return f"{COOKIE}={client.cookies[COOKIE]}"

    def gets_in(cookie: str) -> tuple[bool, bool]:
        """To the page, and to the websocket."""
        client.cookies.clear()
        page = client.get("/calendar", headers=PAGE | {"cookie": cookie}).status_code == 200
        try:
            with client.websocket_connect("/_stcore/stream", headers={"cookie": cookie}):
                return page, True
        except WebSocketDisconnect:
            return page, False

    inside, outside = (True, True), (False, False)
    desk, phone = signed_in(), signed_in()
    assert gets_in(desk) == gets_in(phone) == inside
    change_password(app.database, admin, email=EMAIL, password=PASSWORD)
    assert gets_in(desk) == gets_in(phone) == outside
    desk = signed_in()
    set_disabled(app.database, admin, email=EMAIL, disabled=True)
    assert gets_in(desk) == outside
    set_disabled(app.database, admin, email=EMAIL, disabled=False)
    assert gets_in(desk) == outside


def test_an_enormous_form_is_refused_unread(client: TestClient) -> None:
    assert sign_in(client, password="x" * 100_000).status_code == 413


@pytest.mark.parametrize("body", [b"no part at all", b"--x\r\nbroken", b""])
def test_a_damaged_form_is_answered_with_the_form_and_what_to_do(client: TestClient, body: bytes) -> None:
    headers = {"origin": "https://dyno.example", "content-type": "multipart/form-data; boundary=x"}
    for kind in (headers, headers | {"content-type": "multipart/form-data"}):
        answer = client.post("/auth/login", content=body, headers=kind)
        assert answer.status_code in (400, 401)
        assert 'name="password"' in answer.text
    assert answer.status_code == 400
    assert "The form arrived damaged; sign in on this page again." in answer.text


def test_without_its_database_the_app_says_so_and_comes_back_by_itself(client_without_database: TestClient) -> None:
    client_without_database.cookies.set(COOKIE, _some_token())
    for answer in (client_without_database.get("/calendar", headers=PAGE), sign_in(client_without_database)):
        assert answer.status_code == 503
        assert 'http-equiv="refresh"' in answer.text
        assert "The database can’t be reached" in answer.text
        assert "Traceback" not in answer.text
        assert "psycopg" not in answer.text
    assert client_without_database.get("/calendar").json()["error"] == "database_unavailable"
    assert client_without_database.get("/health").status_code == 200
    ready = client_without_database.get("/ready")
    assert (ready.status_code, ready.json()["database"]) == (503, "down")
    assert "dyno_database_up 0.0" in client_without_database.get("/metrics").text


def _some_token() -> str:
    """Rightly signed, so that the database has to be asked about it."""
    now = datetime.now(UTC)
    claims = Claims(user_id=1, session_id=str(uuid4()), expires_at=now + timedelta(hours=1))
    return encode_token(claims, key=KEY, issued_at=now)


def test_readiness_and_metrics_tell_how_the_database_is(client: TestClient, app: App) -> None:
    assert client.get("/ready").json() == {"status": "ready", "database": "up", "migrations": "current"}
    given_user(app.database, email=EMAIL, password=PASSWORD)
    sign_in(client)
    metrics = client.get("/metrics").text
    for name in (
        "dyno_allocation_requests_total",
        "dyno_allocation_duration_seconds_bucket",
        "dyno_cost_savings_usd 0.0",
        "dyno_hours_saved 0.0",
        "dyno_active_users 1.0",
        'dyno_sign_ins_total{status="succeeded"}',
        "dyno_database_up 1.0",
    ):
        assert name in metrics


def test_with_a_token_the_metrics_are_only_for_who_brings_it(client: TestClient, app: App) -> None:
    app.settings = app.settings.model_copy(update={"dyno_metrics_token": SecretStr("a wörd for Prometheus")})
    right = "Bearer a wörd for Prometheus".encode()
    for wrong in (b"", b"Bearer ", b"Bearer another", right[:-1], right[7:], right.replace(b"Bearer", b"Basic")):
        refused = client.get("/metrics", headers={"authorization": wrong})
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer"), wrong
        assert "dyno_" not in refused.text
        assert "DYNO_METRICS_TOKEN" in refused.text
    assert "dyno_hours_saved" in client.get("/metrics", headers={"authorization": right}).text


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for answer in (client.get("/auth/login"), client.get("/calendar"), client.get("/health")):
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert "max-age" in answer.headers["strict-transport-security"]


def test_demo_passwords_are_shown_in_development_only_and_to_this_machine_only(
    client: TestClient, app: App, tmp_path: Path
) -> None:
    app.settings = Settings(
        _env_file=None, dyno_env="development", dyno_secret_key=app.settings.dyno_secret_key, dyno_home=tmp_path
    )
    given_user(app.database, role=Role.PLANNER)
    (tmp_path / "demo-sign-ins.txt").write_text("planner@example.com planner the-demo-password\n")
    elsewhere = client.get("/auth/login").text
    assert "the-demo-password" not in elsewhere
    with TestClient(server_of(app), base_url="http://localhost:8501", client=("127.0.0.1", 5000)) as here:
        assert "the-demo-password" in here.get("/auth/login").text
        assert "the-demo-password" not in here.get("/auth/login", headers={"host": "evil.example"}).text
        assert "the-demo-password" not in here.get("/auth/login", headers={"x-forwarded-for": "127.0.0.1"}).text
        app.settings = app.settings.model_copy(update={"dyno_env": "production"})
        assert "the-demo-password" not in here.get("/auth/login").text
