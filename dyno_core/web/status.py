"""What load balancers and Prometheus ask for."""

import asyncio
import hmac
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dyno_core.errors import DatabaseUnavailable
from dyno_core.health import active_users, health_of
from dyno_core.reports.assumptions import load_assumptions
from dyno_core.reports.roi import roi
from dyno_core.start import App
from dyno_core.telemetry import exposition, set_active_users, set_database_connections, set_database_up, set_savings
from dyno_core.telemetry.prometheus import CONTENT_TYPE


class StatusRoutes:
    def __init__(self, app: App) -> None:
        self._app = app

    def routes(self) -> list[Route]:
        return [
            Route("/health", health, methods=["GET"]),
            Route("/ready", self.ready, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
        ]

    async def ready(self, request: Request) -> Response:  # noqa: ARG002 - the signature of a route
        """200 when the database answers and has the newest schema, else 503."""
        found = await asyncio.to_thread(health_of, self._app.database)
        set_database_up(found.database)
        return JSONResponse(
            {
                "status": "ready" if found.ready else "not ready",
                "database": "up" if found.database else "down",
                "migrations": "current" if found.migrations else "pending" if found.database else "unknown",
            },
            200 if found.ready else 503,
        )

    async def metrics(self, request: Request) -> Response:
        """For Prometheus, which can't sign in: with `DYNO_METRICS_TOKEN` only for who brings it, else 401."""
        if not self._may_scrape(request):
            said = "The metrics ask for the token of DYNO_METRICS_TOKEN; send it as: Authorization: Bearer TOKEN."
            return JSONResponse({"error": "not_signed_in", "message": said}, 401, {"WWW-Authenticate": "Bearer"})
        await asyncio.to_thread(self._refresh)
        return Response(exposition(), media_type=CONTENT_TYPE)

    def _may_scrape(self, request: Request) -> bool:
        token = self._app.settings.dyno_metrics_token
        if token is None:
            return True
        scheme, _, brought = request.headers.get("authorization", "").partition(" ")
        # In bytes: a header is read as Latin-1, and text beyond ASCII can't be compared in constant time.
        same = hmac.compare_digest(brought.strip().encode("latin-1"), token.get_secret_value().encode())
        return same and scheme.lower() == "bearer"

    def _refresh(self) -> None:
        """The figures that live in the database. Without it the old ones stay, and dyno_database_up says so."""
        try:
            database = self._app.database
            in_use, idle = database.connections()
            set_database_connections(in_use=in_use, idle=idle)
            set_active_users(active_users(database, now=datetime.now(UTC)))
            assumptions = load_assumptions(database, self._app.settings)
            report = roi(
                database,
                window=None,
                assumptions=assumptions,
                today=self._app.clock.today(),
                tz=ZoneInfo(self._app.settings.dyno_timezone),
            )
            saved = report.expected.total
            set_savings(usd=float(saved.savings_usd), hours=float(saved.hours_saved))
            set_database_up(True)
        except DatabaseUnavailable:
            set_database_up(False)


async def health(request: Request) -> Response:  # noqa: ARG001
    """The process lives; nothing else is asked, so that a database away restarts no container."""
    return JSONResponse({"status": "alive"})
