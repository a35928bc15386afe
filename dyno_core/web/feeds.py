"""Calendar feeds over HTTP, for programs that can't sign in: the secret in the address is all they bring."""

import asyncio
import hashlib
import time
from collections import OrderedDict, deque
from collections.abc import Hashable
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dyno_core.errors import DatabaseUnavailable
from dyno_core.feeds import Feed, calendar_of, events_of, open_feed
from dyno_core.start import App

_REMEMBERED: Final = 10_000
"""Addresses that opened a feed in this process; the database is asked each time all the same."""

_HEADERS: Final = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}


class Pace:
    """At most so many events a minute for each key, counted in this process."""

    def __init__(self, *, most: int, keys: int = 10_000) -> None:
        self._most, self._keys = most, keys
        self._seen: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def allows(self, key: Hashable, *, now: float) -> bool:
        """Counts the event if there is room for it. ``now`` in seconds of any clock that only goes forward."""
        if not self.has_room(key, now=now):
            return False
        self._seen[key].append(now)
        return True

    def has_room(self, key: Hashable, *, now: float) -> bool:
        """As `allows`, counting nothing."""
        times = self._seen.setdefault(key, deque())
        self._seen.move_to_end(key)
        while len(self._seen) > self._keys:
            self._seen.popitem(last=False)
        while times and times[0] <= now - 60:
            times.popleft()
        return len(times) < self._most


class FeedRoutes:
    def __init__(self, app: App, *, most_a_minute: int = 30) -> None:
        self._app = app
        self._pace = Pace(most=most_a_minute)
        self._guesses = Pace(most=most_a_minute)
        self._opened: OrderedDict[str, None] = OrderedDict()

    def routes(self) -> list[Route]:
        return [Route("/feeds/{token}.ics", self.feed, methods=["GET"])]

    async def feed(self, request: Request) -> Response:
        """The calendar; 404 for a wrong, revoked or ended address alike, 304 for one that has it already."""
        token = request.path_params["token"]
        address = hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()  # no secret is kept in memory
        if not self._may_ask(request, address):
            return PlainTextResponse("Please ask less often.", 429, {"Retry-After": "60", **_HEADERS})
        try:
            found = await asyncio.to_thread(open_feed, self._app.database, token)
            if found is None:
                self._guesses.allows(_client(request), now=time.monotonic())
                return PlainTextResponse("There is no such page.", 404)  # what the gate says of any other address
            self._remember(address)
            body = await asyncio.to_thread(self._calendar, found)
        except DatabaseUnavailable as refusal:
            return JSONResponse(
                {"error": refusal.code, "message": str(refusal)}, 503, {"Retry-After": "60", **_HEADERS}
            )
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": tag, **_HEADERS}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = 'inline; filename="dyno-agent.ics"'
        return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)

    def _may_ask(self, request: Request, address: str) -> bool:
        """Before the database is asked anything.

        Whoever tries addresses is slowed down; those who have one are not, unless somebody tries from beside them
        and this process never saw theirs.
        """
        now = time.monotonic()
        if not self._pace.allows(address, now=now):
            return False
        return address in self._opened or self._guesses.has_room(_client(request), now=now)

    def _remember(self, address: str) -> None:
        self._opened[address] = None
        self._opened.move_to_end(address)
        while len(self._opened) > _REMEMBERED:
            self._opened.popitem(last=False)

    def _calendar(self, feed: Feed) -> bytes:
        events = events_of(self._app.database, feed, today=self._app.clock.today())
        return calendar_of(f"{feed.label} · Dyno-Agent", events)


def _client(request: Request) -> str:
    return request.client.host if request.client else ""
