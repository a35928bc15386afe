"""Labs of any size, made inside the database."""

from datetime import date, timedelta
from typing import Final

from sqlalchemy import text

from dyno_core.database.engine import Database

TODAY: Final = date(2026, 11, 24)
HORIZON: Final = 365
"""Days ahead of `TODAY` that are planned; the rest of the allocations lies before."""

_FLEET: Final = """
    INSERT INTO test_types (name, label) SELECT t, t FROM unnest(ARRAY['common','frequent','seldom','rare']) t;
    INSERT INTO dynos (name, facility, supported_weight_classes, supported_drives, supported_test_types,
                       excluded_combinations, preference)
    SELECT 'D' || lpad(n::text, 6, '0'), 'F' || n % 7,
           CASE n % 10 WHEN 0 THEN '{<10K}' WHEN 1 THEN '{>10K}' ELSE '{<10K,>10K}' END::text[],
           CASE n % 3 WHEN 0 THEN '{2WD}' WHEN 1 THEN '{AWD}' ELSE '{2WD,AWD}' END::text[],
           ARRAY(SELECT t FROM (VALUES ('common', 3), ('frequent', 5), ('seldom', 11), ('rare', 401)) v(t, every)
                 WHERE n % every = 2 OR t = 'common' AND n % 3 < 2),
           CASE WHEN n % 10 = 5 THEN '{common|AWD|>10K}' ELSE '{}' END::text[], 100
    FROM generate_series(1, {dynos}) n;
    INSERT INTO service_periods (dyno_id, start_date) SELECT id, '2000-01-01' FROM dynos;
    INSERT INTO vehicles (tag, weight_class, drive_type)
    SELECT 'V' || n, (ARRAY['<10K','>10K'])[1 + n % 2], (ARRAY['2WD','AWD'])[1 + n / 2 % 2]
    FROM generate_series(1, {vehicles}) n;"""

# Each dyno has a row of slots of equal length, the last ones ahead of today; in each slot one allocation of random
# length, about two thirds of it. Nothing overlaps: the vehicle n only ever visits the dyno n.
_ALLOCATIONS: Final = """
    INSERT INTO allocations (vehicle_id, dyno_id, test_type, start_date, end_date, status, created_by, source)
    SELECT d, d, 'common', first, first + (random() * ({slot} - 1))::int, status, 'bench', 'import'
    FROM (SELECT d, (date '{last}' - {slot} * k) + (random() * 0.3 * {slot})::int AS first,
                 CASE WHEN (d + k) % 7 = 0 THEN 'cancelled' ELSE 'scheduled' END AS status
          FROM generate_series(1, {dynos}) d, generate_series(1, {each}) k) s"""

# A random length may reach into the next slot; what the constraint would refuse is taken out again.
_OVERLAPPING: Final = """
    DELETE FROM allocations WHERE id IN (
      SELECT id FROM (
        SELECT id, start_date, max(end_date) OVER (PARTITION BY dyno_id ORDER BY start_date, id
                                                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS held
        FROM allocations) s
      WHERE start_date <= held)"""

_JUNCTIONS: Final = """
    CREATE TABLE dyno_tests AS SELECT id AS dyno_id, unnest(supported_test_types) AS test_type FROM dynos;
    CREATE TABLE dyno_drives AS SELECT id AS dyno_id, unnest(supported_drives) AS drive_type FROM dynos;
    CREATE TABLE dyno_weights AS SELECT id AS dyno_id, unnest(supported_weight_classes) AS weight_class FROM dynos;
    ALTER TABLE dyno_tests ADD PRIMARY KEY (test_type, dyno_id);
    ALTER TABLE dyno_drives ADD PRIMARY KEY (drive_type, dyno_id);
    ALTER TABLE dyno_weights ADD PRIMARY KEY (weight_class, dyno_id);
    CREATE INDEX ON dyno_tests (dyno_id); CREATE INDEX ON dyno_drives (dyno_id); CREATE INDEX ON dyno_weights (dyno_id);
    CREATE INDEX ON allocations (dyno_id, start_date, end_date)"""


def fill_fleet(database: Database, *, dynos: int, vehicles: int) -> None:
    """``dynos`` dynos in service since 2000 and ``vehicles`` vehicles, a quarter of each kind."""
    with database.writing() as session:
        for statement in _FLEET.replace("{dynos}", str(dynos)).replace("{vehicles}", str(vehicles)).split(";"):
            if statement.strip():
                session.execute(text(statement))


def fill_plan(database: Database, *, dynos: int, allocations: int) -> None:
    """A plan for reading only: without the exclusion constraints, whose indexes cost minutes at a million rows.

    The junction tables, and the index that a NOT EXISTS on them wants, are there for the forms compared with.
    """
    each = allocations // dynos
    slot = max(4, 400 // each)
    fill_fleet(database, dynos=dynos, vehicles=dynos)
    with database.writing() as session:
        for name in ("ex_allocations_dyno_overlap", "ex_allocations_vehicle_overlap"):
            session.execute(text(f"ALTER TABLE allocations DROP CONSTRAINT {name}"))
        last = TODAY + timedelta(days=HORIZON)
        session.execute(text(_ALLOCATIONS.format(dynos=dynos, each=each, slot=slot, last=last)))
        session.execute(text(_OVERLAPPING))
        for statement in _JUNCTIONS.split(";"):
            session.execute(text(statement))
    with database.statement() as connection:
        for table in ("allocations", "dynos", "service_periods", "dyno_tests", "dyno_drives", "dyno_weights"):
            connection.exec_driver_sql(f"VACUUM ANALYZE {table}")
