"""The refusals of booking. Each carries what stands in the way as facts."""

from datetime import date

from dyno_core.booking.types import Allocation
from dyno_core.errors import DynoError, InvalidInput, NotFound
from dyno_core.period import Period, say_day


def when(period: Period) -> str:
    """``on Tue 3 Mar 2026``, or ``from … to …``."""
    return f"on {period}" if period.days == 1 else f"from {period}"


class AllocationNotFound(NotFound):
    code = "allocation_not_found"

    def __init__(self, allocation_id: int) -> None:
        super().__init__(
            f"There is no allocation {allocation_id}; look up the number in the calendar.", allocation_id=allocation_id
        )


class RequestNotFound(NotFound):
    code = "request_not_found"

    def __init__(self, request_id: int) -> None:
        super().__init__(
            f"There is no request {request_id}; look it up in the list of requests.", request_id=request_id
        )


class InThePast(InvalidInput):
    code = "in_the_past"

    def __init__(self, *, start: date, today: date) -> None:
        super().__init__(
            f"{say_day(start)} is already past (today is {say_day(today)}); give a start from today on.",
            start_date=start.isoformat(),
            today=today.isoformat(),
        )


class VehicleBusy(DynoError):
    """The vehicle stands on another dyno on some of the days."""

    code = "vehicle_busy"

    def __init__(self, *, vehicle: str, period: Period, other: Allocation) -> None:
        super().__init__(
            f"{vehicle} is already on {other.dyno} {when(other.period)} (allocation {other.id}), "
            f"so it can't be booked for {period}; choose other days or move that allocation.",
            vehicle=vehicle,
            other=other.as_json(),
        )
        self.other = other


class DynoBusy(DynoError):
    """The dyno holds another vehicle, or is in maintenance, on some of the days."""

    code = "dyno_busy"

    def __init__(self, *, dyno: str, period: Period, other: Allocation) -> None:
        super().__init__(
            f"{dyno} is taken by {other.what} {when(other.period)} (allocation {other.id}), "
            f"so it can't be had for {period}; choose other days or another dyno.",
            dyno=dyno,
            other=other.as_json(),
        )
        self.other = other


class DynoUnsuitable(DynoError):
    """The dyno can't run this test for such a vehicle."""

    code = "dyno_unsuitable"

    def __init__(self, *, dyno: str, test_type: str, drive_type: str, weight_class: str) -> None:
        super().__init__(
            f"{dyno} can't run {test_type} for a vehicle with {drive_type} and {weight_class}; choose a dyno that can.",
            dyno=dyno,
            test_type=test_type,
            drive_type=drive_type,
            weight_class=weight_class,
        )


class DynoOutOfService(DynoError):
    code = "dyno_out_of_service"

    def __init__(self, *, dyno: str, period: Period) -> None:
        super().__init__(
            f"{dyno} is not in service for all of {period}; choose other days or another dyno.",
            dyno=dyno,
            start_date=period.start.isoformat(),
            end_date=period.end.isoformat(),
        )


class WrongStatus(DynoError):
    """The life cycle does not lead from this status to the wished one."""

    code = "wrong_status"

    def __init__(self, *, allocation_id: int, status: str, wish: str, instead: str) -> None:
        super().__init__(
            f"Allocation {allocation_id} is {status.replace('_', ' ')}, so it can't be {wish}; {instead}.",
            allocation_id=allocation_id,
            status=status,
        )


class Unchanged(DynoError):
    """The record is as it was wished already, so that nothing was written."""

    code = "unchanged"


class RequestClosed(DynoError):
    code = "request_closed"

    def __init__(self, *, request_id: int, status: str) -> None:
        super().__init__(
            f"Request {request_id} is {status} already, so it can't be changed; look at the list of requests.",
            request_id=request_id,
            status=status,
        )


class NoDynoAvailable(DynoError):
    """No fitting dyno is free. ``facts`` is the whole explanation."""

    code = "no_dyno_available"


class KeyReused(InvalidInput):
    """A request key came back with another wish behind it. ``first``: what it stands for, such as “allocation 7”."""

    code = "key_reused"

    def __init__(self, *, key: str, first: str) -> None:
        super().__init__(
            f"The request key already stands for another wish ({first}), so nothing was stored; use a new key.",
            request_key=key,
            first=first,
        )
