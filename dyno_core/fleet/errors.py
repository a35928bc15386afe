"""Refusals about vehicles, dynos and test types."""

from collections.abc import Sequence

from dyno_core.errors import DynoError, NotFound

_SHOWN = 60
"""Characters of what was typed that a sentence repeats."""


def _near(candidates: Sequence[str]) -> str:
    if not candidates:
        return ""
    return f" The nearest are {', '.join(candidates)}."


class VehicleNotFound(NotFound):
    code = "vehicle_not_found"

    def __init__(self, reference: str, *, near: Sequence[str] = ()) -> None:
        super().__init__(
            f"There is no vehicle with the VIN, tag or number “{reference[:_SHOWN]}”.{_near(near)} "
            "Check the reference, or add the vehicle first.",
            reference=reference[:_SHOWN],
            near=list(near),
        )


class VehicleAmbiguous(DynoError):
    code = "vehicle_ambiguous"

    def __init__(self, reference: str, *, candidates: Sequence[tuple[int, str]]) -> None:
        said = ", ".join(f"vehicle {number} ({what})" for number, what in candidates)
        super().__init__(
            f"“{reference[:_SHOWN]}” stands for several vehicles: {said}; name the one you mean by its number or VIN.",
            reference=reference[:_SHOWN],
            candidates=[number for number, _ in candidates],
        )


class VehicleIncomplete(DynoError):
    """What a dyno would have to carry is unknown."""

    code = "vehicle_incomplete"

    def __init__(self, *, vehicle_id: int, label: str, missing: Sequence[str]) -> None:
        super().__init__(
            f"{label[:_SHOWN]} can't be booked yet because its {' and its '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} not known; fill that in first.",
            vehicle_id=vehicle_id,
            missing=list(missing),
        )


class Retired(DynoError):
    """Nothing is planned any more for this vehicle or test type."""

    code = "retired"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what[:_SHOWN]} is retired, so nothing can be planned for it; choose another one, or let a planner bring "
            "it back on the Fleet page.",
            what=what[:_SHOWN],
        )


class DynoNotFound(NotFound):
    code = "dyno_not_found"

    def __init__(self, reference: str | int, *, near: Sequence[str] = ()) -> None:
        said = str(reference)[:_SHOWN]
        super().__init__(
            f"There is no dyno “{said}”.{_near(near)} Look at the list of dynos for the right name.",
            reference=said,
            near=list(near),
        )


class TestTypeUnknown(NotFound):
    __test__ = False
    code = "test_type_unknown"

    def __init__(self, reference: str, *, known: Sequence[str]) -> None:
        what = f"known are {', '.join(known)}" if known else "none is set up yet"
        super().__init__(
            f"“{reference[:_SHOWN]}” is not a test type: {what}; choose one of them.",
            reference=reference[:_SHOWN],
            known=list(known),
        )
