"""Changes are measured with the person who makes them."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from dyno_core.audit.log import Origin
from dyno_core.database.engine import Database
from dyno_core.telemetry import track_performance

P = ParamSpec("P")
T = TypeVar("T")
Change = Callable[Concatenate[Database, Origin, P], T]


def measured(service: str, method: str) -> Callable[[Change[P, T]], Change[P, T]]:
    """Decorates a function of a database and an origin: each call is a measurement under these names."""

    def around(change: Change[P, T]) -> Change[P, T]:
        @wraps(change)
        def timed(database: Database, origin: Origin, /, *args: P.args, **kwargs: P.kwargs) -> T:
            with track_performance(service, method, user_id=origin.actor.id):
                return change(database, origin, *args, **kwargs)

        return timed

    return around
