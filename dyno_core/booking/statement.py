"""The one statement that books, and the one that looks up what it needs.

It checks the candidates in order, locks the first free one day by day, and inserts it with its audit row; the exclusion
constraints check again.
"""

from functools import cache
from typing import Final

from dyno_core.accounts.roles import Permission, roles_with
from dyno_core.booking.sql import ALLOCATION_COLUMNS, DYNO_IS_FREE, IN_SERVICE, VEHICLE_IS_FREE
from dyno_core.database.prepared import Prepared

_BOOKING_ROLES: Final = ", ".join(f"'{role}'" for role in roles_with(Permission.BOOK))

PREPARE: Final = Prepared("""
    SELECT v.id, v.weight_class, v.drive_type,
           (SELECT t.name FROM test_types t WHERE t.name = :test_type AND NOT t.retired) AS test_type,
           (SELECT d.id FROM dynos d WHERE d.name = CAST(:dyno AS text)) AS dyno_id
    FROM vehicles v WHERE v.id = :vehicle_id AND v.merged_into_id IS NULL AND NOT v.retired""")

_CANDIDATES: Final = f"""
    SELECT d.id, d.version FROM dynos d
    WHERE d.capabilities @> ARRAY[CAST(:token AS text)] AND (CAST(:dyno_id AS int) IS NULL OR d.id = :dyno_id)
      AND {IN_SERVICE} AND {DYNO_IS_FREE}
    ORDER BY d.preference, d.name"""

# Locks are tried in order of preference only (OFFSET 0 keeps the planner from pushing them down), and per day, so that
# someone who books another week of the same dyno sends nobody to a worse one.
_FIRST_UNLOCKED: Final = f"""
    SELECT c.id, c.version FROM ({_CANDIDATES} OFFSET 0) c
    WHERE (SELECT ok FROM allowed) AND EXISTS (SELECT FROM own)
      AND (SELECT bool_and(pg_try_advisory_xact_lock(c.id, day))
           FROM generate_series(CAST(:first AS date) - date '2000-01-01', CAST(:last AS date) - date '2000-01-01') day)
    LIMIT 1"""

_FIRST: Final = f"""
    SELECT c.id, c.version FROM ({_CANDIDATES} LIMIT 1) c
    WHERE (SELECT ok FROM allowed) AND EXISTS (SELECT FROM own)"""

# What was looked up is looked at again behind a lock, which whoever edits, retires or merges it waits for, or is waited
# for: either that comes before and stops this, or after and sees what was booked. In one order: the test type, the
# vehicle, the request, and last the dyno, whose version counts every change of its abilities and its service.
_KIND: Final = "SELECT FROM test_types WHERE name = :test_type AND NOT retired FOR SHARE"
_OWN: Final = """SELECT FROM vehicles
      WHERE id = :vehicle_id AND merged_into_id IS NULL AND NOT retired
        AND coalesce(weight_class, CASE WHEN weight_lbs > 10000 THEN '>10K' WHEN weight_lbs > 0 THEN '<10K' END)
          = :weight_class
        AND drive_type = :drive_type AND EXISTS (SELECT FROM kind) FOR SHARE"""
_OPEN_REQUEST: Final = """SELECT follow_up FROM requests
      WHERE id = :request_id AND status = 'open' AND EXISTS (SELECT FROM own)
        AND (CAST(:request_version AS int) IS NULL OR version = :request_version) FOR UPDATE"""
_HELD: Final = "SELECT d.id FROM dynos d JOIN b ON b.id = d.id AND b.version = d.version FOR SHARE OF d"

# A mark for a follow-up goes from the request to the allocation, and the records of both tell of it.
_PLACE_REQUEST: Final = """,
    placed AS (
      UPDATE requests SET status = 'placed', allocation_id = i.id, updated_at = now(),
          version = requests.version + 1, follow_up = false
      FROM i WHERE requests.id = :request_id),
    request_audit AS (
      INSERT INTO audit_log (actor_id, actor, channel, conversation_id, correlation_id, action, entity,
                             entity_id, before, after)
      SELECT CAST(:actor_id AS int), :actor, :channel, :conversation_id, :correlation_id, 'place', 'request',
             CAST(:request_id AS text),
             jsonb_strip_nulls(jsonb_build_object('status', 'open', 'follow_up', nullif(i.follow_up, false))),
             jsonb_strip_nulls(jsonb_build_object('status', 'placed', 'allocation_id', i.id,
                                                  'follow_up', CASE WHEN i.follow_up THEN false END))
      FROM i)"""


@cache
def booking_statement(*, waiting: bool, places_request: bool) -> Prepared:
    """The statement; ``waiting`` takes the first free dyno and waits for whoever is booking it."""
    return Prepared(f"""
    WITH allowed AS (
      SELECT CAST(:actor_id AS int) IS NULL OR u.id IS NOT NULL AS ok, coalesce(u.email, :actor) AS email
      FROM (SELECT) one
      LEFT JOIN users u ON u.id = :actor_id AND NOT u.disabled AND u.role IN ({_BOOKING_ROLES})),
    same AS (SELECT id FROM allocations WHERE request_key = CAST(:request_key AS text)),
    kind AS MATERIALIZED ({_KIND}),
    own AS MATERIALIZED ({_OWN}),
    demand AS MATERIALIZED ({_OPEN_REQUEST if places_request else "SELECT"}),
    b AS MATERIALIZED ({_FIRST if waiting else _FIRST_UNLOCKED}),
    held AS MATERIALIZED ({_HELD}),
    v AS (SELECT {VEHICLE_IS_FREE} AS ok),
    i AS (
      INSERT INTO allocations (vehicle_id, dyno_id, test_type, leg, start_date, end_date, status, planned_start_date,
                               planned_end_date, notes, created_by, source, request_key, miles, miles_per_day,
                               added_days{", follow_up" if places_request else ""})
      SELECT :vehicle_id, held.id, :test_type, :leg, :first, :last, 'scheduled', :first, :last, :notes, allowed.email,
             :channel, :request_key, CAST(:miles AS float), CAST(:miles_per_day AS float), CAST(:added_days AS float)
             {", demand.follow_up" if places_request else ""}
      FROM v, demand, held, allowed WHERE v.ok AND NOT EXISTS (SELECT FROM same)
      ON CONFLICT DO NOTHING RETURNING *),
    audit AS (
      INSERT INTO audit_log (actor_id, actor, channel, conversation_id, correlation_id, action, entity,
                             entity_id, after)
      SELECT CAST(:actor_id AS int), :actor, :channel, :conversation_id, :correlation_id, 'book', 'allocation',
             i.id::text, jsonb_strip_nulls(jsonb_build_object(
                                'dyno_id', i.dyno_id, 'vehicle_id', CAST(:vehicle_id AS int),
                                'test_type', CAST(:test_type AS text),
                                'start_date', CAST(:first AS date), 'end_date', CAST(:last AS date),
                                'status', 'scheduled', 'follow_up', nullif(i.follow_up, false)))
      FROM i){_PLACE_REQUEST if places_request else ""}
    SELECT (SELECT ok FROM allowed) AS allowed, (SELECT id FROM same) AS same_id, (SELECT id FROM b) AS candidate_id,
           (SELECT ok FROM v) AS vehicle_free, EXISTS (SELECT FROM own) AS as_looked_up,
           EXISTS (SELECT FROM demand) AS demand_is_open, {ALLOCATION_COLUMNS}
    FROM (SELECT) outcome LEFT JOIN (
      i a JOIN dynos d ON d.id = a.dyno_id LEFT JOIN vehicles v ON v.id = a.vehicle_id) ON true""")
