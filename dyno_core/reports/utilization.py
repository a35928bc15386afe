"""How much of the dynos' capacity is booked, counted by the database in one query.

`figures` says what is counted, `days` is the same in plain Python; the two are tested against each other.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Row, text

from dyno_core.database.engine import Database
from dyno_core.fleet.types import POOLS
from dyno_core.period import Period
from dyno_core.reports.figures import (
    Bucket,
    By,
    Figures,
    UtilizationGrid,
    UtilizationReport,
    UtilizationRow,
    check_window,
    in_order,
    largest_first,
    months_of,
    row_of,
    total,
    weeks_of,
)
from dyno_core.telemetry import track_performance

COUNTS: Final = "a.status NOT IN ('cancelled','tentative')"
"""Which allocations count, of both kinds. Disputed ones do: somebody's vehicle is meant to stand there."""

# Each dyno's periods become one multirange, so that overlapping rows count once and capacity is plain set arithmetic;
# its pieces are then cut at the bucket borders. Cutting ranges per row instead was measured 4 to 14 times slower.
_CUT: Final = """
WITH wanted AS (
    SELECT id, name, facility FROM dynos
    WHERE (CAST(:facilities AS text[]) IS NULL OR facility = ANY (CAST(:facilities AS text[])))
      AND (CAST(:include_pools AS boolean) OR facility <> ALL (CAST(:pools AS text[])))
), off AS (
    SELECT coalesce(range_agg(daterange(day, day, '[]')), '{{}}') AS days
    FROM (SELECT day FROM holidays WHERE day BETWEEN CAST(:first AS date) AND CAST(:last AS date)
          UNION ALL
          SELECT CAST(g AS date) FROM generate_series(CAST(:first AS timestamp), CAST(:last AS timestamp), '1 day') g
          WHERE NOT CAST(:include_weekends AS boolean) AND extract(isodow FROM g) > 5) free
), service AS (
    SELECT dyno_id, range_agg(daterange(start_date, end_date, '[]') * daterange(:first, :last, '[]')) AS days
    FROM service_periods
    WHERE start_date <= CAST(:last AS date) AND (end_date IS NULL OR end_date >= CAST(:first AS date))
    GROUP BY dyno_id
), counted AS (
    SELECT a.dyno_id, a.kind, {share} AS share,
           daterange(greatest(a.start_date, :first), least(a.end_date, :last), '[]') AS days
    FROM allocations a {joined}
    WHERE {counts} AND a.start_date <= CAST(:last AS date) AND a.end_date >= CAST(:first AS date)
), down AS (
    SELECT dyno_id, range_agg(days) AS days FROM counted WHERE kind = 'maintenance' GROUP BY dyno_id
), booked AS (
    SELECT dyno_id, share, range_agg(days) AS days FROM counted WHERE kind = 'test' GROUP BY {booked_per}
), workable AS (
    SELECT w.id, coalesce(s.days, '{{}}') AS in_service, coalesce(s.days, '{{}}') - o.days AS days,
           coalesce(m.days, '{{}}') AS down
    FROM wanted w CROSS JOIN off o LEFT JOIN service s ON s.dyno_id = w.id LEFT JOIN down m ON m.dyno_id = w.id
), pieces AS (
    SELECT id, NULL AS share, 'in_service' AS measure, unnest(in_service) AS piece FROM workable
    UNION ALL SELECT id, NULL, 'capacity', unnest(days - down) FROM workable
    UNION ALL SELECT id, NULL, 'maintenance', unnest(days * down) FROM workable
    UNION ALL SELECT w.id, b.share, 'booked', unnest(b.days) FROM booked b JOIN workable w ON w.id = b.dyno_id
    UNION ALL SELECT w.id, b.share, 'inside', unnest(b.days * (w.days - w.down))
              FROM booked b JOIN workable w ON w.id = b.dyno_id
), cut AS (
    SELECT id, share, measure, bucket,
           least(upper(piece), borders[bucket + 1]) - greatest(lower(piece), borders[bucket]) AS days
    FROM pieces, (SELECT CAST(:borders AS date[]) AS borders) b,
         generate_series(width_bucket(lower(piece), borders), width_bucket(upper(piece) - 1, borders)) bucket
)
SELECT {columns},
       coalesce(sum(days) FILTER (WHERE measure = 'in_service'), 0) AS in_service_days,
       coalesce(sum(days) FILTER (WHERE measure = 'capacity'), 0) AS capacity_days,
       coalesce(sum(days) FILTER (WHERE measure = 'booked'), 0) AS booked_days,
       coalesce(sum(days) FILTER (WHERE measure = 'inside'), 0) AS booked_in_capacity_days,
       coalesce(sum(days) FILTER (WHERE measure = 'maintenance'), 0) AS maintenance_days
FROM {rows} GROUP BY {columns} ORDER BY {columns}"""

_PER_DYNO: Final = ("wanted.id, wanted.name, wanted.facility", "wanted LEFT JOIN cut ON cut.id = wanted.id")
_PER_BUCKET: Final = ("every.n", "generate_series(1, :buckets) every(n) LEFT JOIN cut ON cut.bucket = every.n")
_PER_CELL: Final = (
    "wanted.id, wanted.name, wanted.facility, every.n",
    """wanted CROSS JOIN generate_series(1, :buckets) every(n)
       LEFT JOIN cut ON cut.id = wanted.id AND cut.bucket = every.n""",
)
_PER_SHARE: Final = ("cut.share, t.label", "cut LEFT JOIN test_types t ON t.name = cut.share")

# By what the booked days are told apart, and the join it needs.
_WHOLE: Final = ("CAST(NULL AS text)", "")
_SHARES: Final[dict[By, tuple[str, str]]] = {
    "test": ("a.test_type", ""),
    "program": ("coalesce(v.program, '')", "LEFT JOIN vehicles v ON v.id = a.vehicle_id"),
}


@track_performance("reports", "utilization")
def utilization(
    database: Database,
    *,
    window: Period,
    by: By,
    include_weekends: bool = True,
    include_pools: bool = True,
    facilities: Sequence[str] = (),
) -> UtilizationReport:
    """The figures of ``window`` per dyno, ISO week, month, facility, test type or program.

    ``facilities`` limits the fleet to dynos that stand there; none means all.
    Raises `InvalidInput` for a window of more than three years.
    """
    check_window(window)
    ask = _Question(
        database,
        window=window,
        include_weekends=include_weekends,
        include_pools=include_pools,
        facilities=facilities,
    )
    if by in ("week", "month"):
        buckets = weeks_of(window) if by == "week" else months_of(window)
        rows = tuple(_in_time(bucket, row) for bucket, row in zip(buckets, ask(_PER_BUCKET, buckets), strict=True))
        fleet = total(rows)
    elif by in _SHARES:
        found = ask(_PER_SHARE, told_apart=_SHARES[by])
        fleet = total(_figures(row) for row in found if row.share is None)
        rows = largest_first(_share(row, fleet) for row in found if row.share is not None)
    else:
        dynos = in_order(_dyno_row(row) for row in ask(_PER_DYNO))
        fleet = total(dynos)
        rows = dynos if by == "dyno" else _facilities(dynos)
    return UtilizationReport(
        by=by,
        window=window,
        include_weekends=include_weekends,
        rows=rows,
        fleet=row_of(fleet, key="fleet", label="Fleet", period=window),
    )


@track_performance("reports", "utilization_grid")
def utilization_grid(
    database: Database,
    *,
    window: Period,
    include_weekends: bool = True,
    include_pools: bool = True,
    facilities: Sequence[str] = (),
) -> UtilizationGrid:
    """Dynos × ISO weeks with the sums of both, in one query. Raises `InvalidInput` over three years."""
    check_window(window)
    weeks = weeks_of(window)
    ask = _Question(
        database,
        window=window,
        include_weekends=include_weekends,
        include_pools=include_pools,
        facilities=facilities,
    )
    cells: dict[int, list[Figures]] = {}
    named: dict[int, Row[Any]] = {}
    for row in ask(_PER_CELL, weeks):
        named[row.id] = row
        cells.setdefault(row.id, []).append(_figures(row))
    dynos = in_order(
        row_of(total(cells[id_]), key=row.name, dyno_id=id_, facility=row.facility) for id_, row in named.items()
    )
    kept = tuple(tuple(cells[row.dyno_id]) for row in dynos if row.dyno_id is not None)
    by_week = [total(column) for column in zip(*kept, strict=True)] or [Figures() for _ in weeks]
    return UtilizationGrid(
        window=window,
        include_weekends=include_weekends,
        dynos=dynos,
        weeks=tuple(
            row_of(figures, key=week.key, label=week.label, period=week.period)
            for week, figures in zip(weeks, by_week, strict=True)
        ),
        cells=kept,
        fleet=row_of(total(dynos), key="fleet", label="Fleet", period=window),
    )


def busiest(report: UtilizationReport, *, most: int = 5) -> tuple[UtilizationRow, ...]:
    """The rows with the highest utilization, the more capacity first among equals. Rows without capacity are none."""
    able = [row for row in report.rows if row.capacity_days]
    return tuple(sorted(able, key=lambda row: (-(row.utilization or 0), -row.capacity_days))[:most])


def without_pools(report: UtilizationReport) -> tuple[UtilizationRow, UtilizationRow] | None:
    """The machines alone and the places of tracks alone, of a report by dyno; None where it has no such places."""
    places = [row for row in report.rows if row.facility in POOLS]
    if not places:
        return None
    machines = [row for row in report.rows if row.facility not in POOLS]
    return (
        row_of(total(machines), key="machines", label="Without the track", period=report.window),
        row_of(total(places), key="track", label="Track", period=report.window),
    )


def as_json(report: UtilizationReport) -> dict[str, Any]:
    """``{"rows": [{<by>: key, "capacity_days", …, "utilization": 0..1 or null}], "fleet": {…}}``.

    By dyno, where there is a track: also ``without_track`` and ``track``, the fleet's figures in two parts.
    """
    parts = without_pools(report) if report.by == "dyno" else None
    return {
        "window": {"from": report.window.start.isoformat(), "to": report.window.end.isoformat()},
        "by": report.by,
        "include_weekends": report.include_weekends,
        "rows": [{report.by: row.key, **_figures_json(row)} for row in report.rows],
        "fleet": _figures_json(report.fleet),
        **({"without_track": _figures_json(parts[0]), "track": _figures_json(parts[1])} if parts else {}),
    }


class _Question:
    """One report's circumstances; calling it runs the query with one of the ``_PER_…`` endings."""

    def __init__(
        self,
        database: Database,
        *,
        window: Period,
        include_weekends: bool,
        include_pools: bool,
        facilities: Sequence[str],
    ) -> None:
        self._database = database
        self._window = window
        self._values = {
            "first": window.start,
            "last": window.end,
            "include_weekends": include_weekends,
            "include_pools": include_pools,
            "pools": list(POOLS),
            "facilities": list(facilities) or None,
        }

    def __call__(
        self, ending: tuple[str, str], buckets: Sequence[Bucket] = (), *, told_apart: tuple[str, str] = _WHOLE
    ) -> Sequence[Row[Any]]:
        columns, rows = ending
        share, joined = told_apart
        query = _CUT.format(
            share=share,
            joined=joined,
            counts=COUNTS,
            # The share NULL is the dyno as a whole, where a day disputed by two test types is still one day.
            booked_per="dyno_id, share" if told_apart is _WHOLE else "GROUPING SETS ((dyno_id), (dyno_id, share))",
            columns=columns,
            rows=rows,
        )
        starts = [bucket.period.start for bucket in buckets] or [self._window.start]
        values = self._values | {
            "borders": [*starts, self._window.end + timedelta(days=1)],
            "buckets": len(starts),
        }
        with self._database.reading() as session:
            return session.execute(text(query), values).all()


def _figures(row: Row[Any]) -> Figures:
    return Figures(
        in_service_days=int(row.in_service_days),
        capacity_days=int(row.capacity_days),
        booked_days=int(row.booked_days),
        booked_in_capacity_days=int(row.booked_in_capacity_days),
        maintenance_days=int(row.maintenance_days),
    )


def _dyno_row(row: Row[Any]) -> UtilizationRow:
    return row_of(_figures(row), key=row.name, dyno_id=row.id, facility=row.facility)


def _in_time(bucket: Bucket, row: Row[Any]) -> UtilizationRow:
    return row_of(_figures(row), key=bucket.key, label=bucket.label, period=bucket.period)


def _share(row: Row[Any], fleet: Figures) -> UtilizationRow:
    figures = Figures(
        in_service_days=fleet.in_service_days,
        capacity_days=fleet.capacity_days,
        booked_days=int(row.booked_days),
        booked_in_capacity_days=int(row.booked_in_capacity_days),
        maintenance_days=fleet.maintenance_days,
    )
    return row_of(figures, key=row.share, label=row.label or row.share or "no program")


def _facilities(dynos: Sequence[UtilizationRow]) -> tuple[UtilizationRow, ...]:
    standing: dict[str, list[UtilizationRow]] = {}
    for row in dynos:
        standing.setdefault(row.facility or "", []).append(row)
    return in_order(row_of(total(rows), key=facility) for facility, rows in standing.items())


def _figures_json(row: Figures) -> dict[str, object]:
    return {
        "in_service_days": row.in_service_days,
        "capacity_days": row.capacity_days,
        "booked_days": row.booked_days,
        "booked_in_capacity_days": row.booked_in_capacity_days,
        "outside_days": row.outside_days,
        "maintenance_days": row.maintenance_days,
        "utilization": row.utilization,
    }
