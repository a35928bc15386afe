"""What people narrow the plan to. The database does the narrowing: it must not cost more the larger the plan is."""

from dataclasses import dataclass
from typing import Any, Final

_ABOUT_VEHICLES: Final = {
    "programs": "btrim(v.program) = ANY(:programs)",
    "model_years": "v.model_year = ANY(:model_years)",
    "contacts": "btrim(v.contact) = ANY(:contacts)",
    "weights": "v.weight_class = ANY(:weights)",
    "drives": "v.drive_type = ANY(:drives)",
}
_NAMES: Final = "coalesce(v.tag, v.vin, 'vehicle ' || v.id), v.vin, v.program, v.contact"


@dataclass(frozen=True, slots=True)
class Selection:
    """Empty = everything, but for what is cancelled: that is shown only when asked for by its status."""

    facilities: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    model_years: tuple[int, ...] = ()
    contacts: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    drives: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    search: str = ""
    follow_up: bool = False
    """Only what is marked for a follow-up."""

    @property
    def is_about_vehicles(self) -> bool:
        """Whether it asks for something that only a test has; maintenance windows then have no part in it."""
        return bool(self.tests or self.search or self.follow_up or any(getattr(self, name) for name in _ABOUT_VEHICLES))

    def of_allocations(self) -> tuple[list[str], dict[str, Any]]:
        """Conditions on the allocation ``a``, its dyno ``d`` and its vehicle ``v``, and their values."""
        conditions, values = self._of_vehicles(f"{_NAMES}, a.leg, a.id")
        if self.facilities:
            conditions.append("d.facility = ANY(:facilities)")
            values["facilities"] = list(self.facilities)
        if self.tests:
            conditions.append("a.test_type = ANY(:tests)")
        if self.statuses:
            conditions.append("a.status = ANY(:statuses)")
            values["statuses"] = list(self.statuses)
        else:
            conditions.append("a.status <> 'cancelled'")
        if self.follow_up:
            conditions.append("a.follow_up")
        if self.is_about_vehicles or self.statuses:
            conditions.append("a.kind = 'test'")
        return conditions, values

    def of_requests(self) -> tuple[list[str], dict[str, Any]]:
        """Conditions on the request ``r`` and its vehicle ``v``. One that may stand anywhere is of every facility."""
        conditions, values = self._of_vehicles(f"{_NAMES}, r.leg, r.id")
        if self.facilities:
            conditions.append("(r.facility IS NULL OR r.facility = ANY(:facilities))")
            values["facilities"] = list(self.facilities)
        if self.tests:
            conditions.append("r.test_type = ANY(:tests)")
        if self.follow_up:
            conditions.append("r.follow_up")
        return conditions, values

    def _of_vehicles(self, said: str) -> tuple[list[str], dict[str, Any]]:
        wanted = {name: list(getattr(self, name)) for name in _ABOUT_VEHICLES if getattr(self, name)}
        conditions = [_ABOUT_VEHICLES[name] for name in wanted]
        values: dict[str, Any] = dict(wanted)
        if self.tests:
            values["tests"] = list(self.tests)
        if self.search:
            conditions.append(f"position(lower(:search) IN lower(concat_ws(' ', {said}))) > 0")
            values["search"] = self.search
        return conditions, values
