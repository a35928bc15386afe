"""Reading what the browser sends. It comes from outside, so nothing in it is taken on trust."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from dyno_core.errors import InvalidInput
from dyno_core.period import parse_day
from dyno_core.ui.timeline.model import Click, EmptyClick, Folded, Move, Place, TimelineEvent, View, WishClick

_Sent = dict[Any, Any]
_LARGEST_ID = 2**53
_MOST_IN_VIEW = 1000
_LONGEST_NAME = 200


def decode_event(sent: object) -> TimelineEvent | None:
    """The event in what the browser sent, None when it sent nothing.

    Raises `InvalidInput` when it can't be read: a page of an older version, or a forged message.
    """
    if sent is None:
        return None
    if not isinstance(sent, dict):
        raise _unreadable()
    read = _READERS.get(str(sent.get("type")))
    if read is None:
        raise _unreadable()
    return read(sent)


def _click(sent: _Sent) -> Click:
    return Click(_number(sent, "allocation_id"))


def _wish(sent: _Sent) -> WishClick:
    return WishClick(_number(sent, "request_id"), version=_number(sent, "version"))


def _empty(sent: _Sent) -> EmptyClick:
    return EmptyClick(_number(sent, "dyno_id"), _day(sent, "day"))


def _view(sent: _Sent) -> View:
    return View(*_days(sent), dyno_ids=_dynos(sent))


def _folded(sent: _Sent) -> Folded:
    names = sent.get("facilities")
    if not isinstance(names, list) or len(names) > _MOST_IN_VIEW:
        raise _unreadable()
    if not all(isinstance(name, str) and len(name) <= _LONGEST_NAME for name in names):
        raise _unreadable()
    return Folded(tuple(names), band=sent.get("band") is True)


def _move(sent: _Sent) -> Move:
    start, end = _days(sent)
    return Move(
        allocation_id=_number(sent, "allocation_id"),
        dyno_id=_number(sent, "dyno_id"),
        start=start,
        end=end,
        version=_number(sent, "version"),
    )


def _place(sent: _Sent) -> Place:
    return Place(
        request_id=_number(sent, "request_id"),
        dyno_id=_number(sent, "dyno_id"),
        start=_day(sent, "start"),
        version=_number(sent, "version"),
    )


_READERS: Final[dict[str, Callable[[_Sent], TimelineEvent]]] = {
    "click": _click,
    "wish": _wish,
    "empty": _empty,
    "view": _view,
    "fold": _folded,
    "move": _move,
    "place": _place,
}


def _days(sent: _Sent) -> tuple[date, date]:
    start, end = _day(sent, "start"), _day(sent, "end")
    if end < start:
        raise _unreadable()
    return start, end


def _dynos(sent: _Sent) -> tuple[int, ...]:
    ids = sent.get("dyno_ids", [])
    if not isinstance(ids, list) or len(ids) > _MOST_IN_VIEW:
        raise _unreadable()
    return tuple(_whole(one) for one in ids)


def _day(sent: _Sent, name: str) -> date:
    value = sent.get(name)
    if not isinstance(value, str):
        raise _unreadable()
    return parse_day(value)


def _number(sent: _Sent, name: str) -> int:
    return _whole(sent.get(name))


def _whole(value: object) -> int:
    # JSON has one kind of number: 7 may arrive as 7.0.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LARGEST_ID:
        raise _unreadable()
    if value != int(value):
        raise _unreadable()
    return int(value)


def _unreadable() -> InvalidInput:
    return InvalidInput("The timeline sent something that can't be read; reload the page and try again.")
