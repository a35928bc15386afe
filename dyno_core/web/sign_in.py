"""Signing in and out, as routes of the server: only they can set a cookie that scripts can't read."""

import asyncio
import ipaddress
import re
from datetime import UTC, datetime
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dyno_core.accounts.roles import Actor
from dyno_core.accounts.sign_in import SignedIn, TooManyAttempts, actor_for, sign_in, sign_out
from dyno_core.accounts.tokens import SESSION_LIFETIME
from dyno_core.errors import DatabaseUnavailable, DynoError
from dyno_core.start import App, DemoAccount, demo_sign_ins
from dyno_core.telemetry import record_sign_in
from dyno_core.web.gate import COOKIE, database_away, is_same_origin, safe_next
from dyno_core.web.pages import sign_in_page, sign_out_page

_LARGEST_FORM: Final = 20_000
_OWN_NAME: Final = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE | re.ASCII)
_FORWARDED: Final = ("forwarded", "via", "x-real-ip", "cf-connecting-ip", "true-client-ip")
_NO_STORE: Final = {"Cache-Control": "no-store"}
# Takes a page whose session ended to the sign-in page and back. A file, as the policy allows no inline script.
_BYE = (
    'window.top.location.href = "/auth/login?next=" + '
    "encodeURIComponent(window.top.location.pathname + window.top.location.search)"
)
_TOLD: Final = {"password-changed": "Password changed; sign in with the new one."}
"""What the page may say above the form, by the word in its address: never text that the address brings itself."""


class SignInRoutes:
    """The handlers, bound to the app they sign people in to."""

    def __init__(self, app: App) -> None:
        self._app = app

    def routes(self) -> list[Route]:
        return [
            Route("/auth/login", self.login, methods=["GET", "POST"]),
            Route("/auth/logout", self.logout, methods=["GET", "POST"]),
            Route("/auth/bye.js", bye, methods=["GET"]),
        ]

    def actor_of(self, token: str | None) -> Actor | None:
        if not token:
            return None
        return actor_for(self._app.database, token, key=self._app.key, now=datetime.now(UTC))

    async def login(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._sign_in(request)
        next_path = safe_next(request.query_params.get("next"))
        try:
            known = await asyncio.to_thread(self.actor_of, request.cookies.get(COOKIE))
        except DatabaseUnavailable as refusal:
            return database_away(refusal, wants_page=True)
        if known is not None:
            return RedirectResponse(next_path, 303, _NO_STORE)
        return await self._form(request, next_path=next_path, notice=_TOLD.get(request.query_params.get("told", "")))

    async def logout(self, request: Request) -> Response:
        if not is_same_origin(request):
            return HTMLResponse(sign_out_page(), 200 if request.method == "GET" else 403, _NO_STORE)
        token = request.cookies.get(COOKIE)
        try:
            await asyncio.to_thread(
                lambda: sign_out(self._app.database, token, key=self._app.key, now=datetime.now(UTC))
            )
        except DatabaseUnavailable as refusal:
            # Without the database the session can't be ended; dropping the cookie alone would only look like it.
            return database_away(refusal, wants_page=True)
        answer = RedirectResponse("/auth/login", 303, _NO_STORE)
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=_is_secure(request))
        return answer

    async def _sign_in(self, request: Request) -> Response:
        if not is_same_origin(request):
            return await self._form(request, next_path="/", status=403, error="Please sign in on this page; try again.")
        if int(request.headers.get("content-length") or _LARGEST_FORM + 1) > _LARGEST_FORM:
            return await self._form(
                request, next_path="/", status=413, error="That is too much for a sign-in; try again."
            )
        try:
            form = await request.form(max_files=0)
        except HTTPException:  # Starlette's word for a body that is no form
            return await self._form(
                request, next_path="/", status=400, error="The form arrived damaged; sign in on this page again."
            )
        email, password = str(form.get("email") or ""), str(form.get("password") or "")
        next_path = safe_next(str(form.get("next") or ""))
        try:
            signed_in = await asyncio.to_thread(self._checked, request, email, password)
        except DatabaseUnavailable as refusal:
            return database_away(refusal, wants_page=True)
        except DynoError as refusal:
            record_sign_in(refusal.code)
            locked = isinstance(refusal, TooManyAttempts)
            answer = await self._form(
                request, next_path=next_path, email=email[:254], error=str(refusal), status=429 if locked else 401
            )
            if isinstance(refusal, TooManyAttempts):
                answer.headers["Retry-After"] = str(refusal.retry_after)
            return answer
        record_sign_in("succeeded")
        welcome = RedirectResponse(next_path, 303, _NO_STORE)
        welcome.set_cookie(
            COOKIE,
            signed_in.token,
            max_age=int(SESSION_LIFETIME.total_seconds()),
            path="/",
            httponly=True,
            samesite="lax",
            secure=_is_secure(request),
        )
        return welcome

    def _checked(self, request: Request, email: str, password: str) -> SignedIn:
        return sign_in(
            self._app.database,
            email=email,
            password=password,
            address=_address(request),
            user_agent=request.headers.get("user-agent", ""),
            now=datetime.now(UTC),
            key=self._app.key,
        )

    async def _form(
        self,
        request: Request,
        *,
        next_path: str,
        email: str = "",
        error: str | None = None,
        notice: str | None = None,
        status: int = 200,
    ) -> Response:
        demo = await asyncio.to_thread(self._demo, request)
        page = sign_in_page(next_path=next_path, email=email, error=error, notice=notice, demo=demo)
        return HTMLResponse(page, status, _NO_STORE)

    def _demo(self, request: Request) -> tuple[DemoAccount, ...]:
        """Only in development and only to somebody who sits at the machine itself."""
        if self._app.settings.dyno_env != "development" or not sits_at_this_machine(request):
            return ()
        return demo_sign_ins(self._app)


async def bye(request: Request) -> Response:
    told = request.query_params.get("told", "")
    script = f'{_BYE} + "&told={told}";\n' if told in _TOLD else f"{_BYE};\n"
    return Response(script, media_type="text/javascript", headers=_NO_STORE)


def _is_secure(request: Request) -> bool:
    """Behind a trusted proxy the scheme is the browser's (X-Forwarded-Proto)."""
    return request.url.scheme == "https"


def _address(request: HTTPConnection) -> str:
    return request.client.host if request.client else ""


def sits_at_this_machine(request: HTTPConnection) -> bool:
    """Whether a browser of this machine asked for it by this machine's own name.

    A local proxy or tunnel connects from here too: it forwards headers of its own or somebody else's host name. The
    name also tells another site's page whose address was pointed here (DNS rebinding).
    """
    if any(name in request.headers for name in _FORWARDED) or any(
        name.startswith("x-forwarded-") for name in request.headers
    ):
        return False
    hosts = request.headers.getlist("host")
    return len(hosts) == 1 and bool(_OWN_NAME.fullmatch(hosts[0])) and _is_loopback(_address(request))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
