"""Questions in SQL: what analysts ask passes, what attackers try fails with a sentence and changes nothing."""

import pytest
from sqlalchemy import insert, text

from dyno_core.agent.query import MOST_ROWS, QueryRefused, run_query
from dyno_core.database.engine import Database
from dyno_core.database.models import DynoRow
from dyno_core.errors import DatabaseUnavailable, DynoError, Misconfigured
from tests.fixtures.agent import let_reader_in

ATTACKS = [
    "commit; begin read write; update public.dynos set name = 'gone'; commit",
    "select 1; drop table public.dynos",
    "select 1) as q; update public.dynos set name = 'gone' --",
    "delete from public.dynos",
    "insert into public.dynos (name, facility) values ('x', 'y') returning *",
    "update reporting.dynos set name = 'gone' returning id",
    "with gone as (delete from public.dynos returning id) select * from gone",
    "select * into copied from reporting.dynos",
    "create table t (i int)",
    "create temp table t (i int)",
    "truncate public.dynos",
    "set role pgserver",
    "reset role",
    "set session authorization postgres",
    "set transaction read write",
    "select set_config('role', 'postgres', false)",
    "select set_config('statement_timeout', '0', false)",
    "select * from public.users",
    "select password_hash from users",
    "select * from public.dynos",
    "select * from pg_authid",
    "select * from langgraph.checkpoint_blobs",
    "select pg_read_file('/etc/passwd')",
    "select pg_ls_dir('/')",
    "copy (select 1) to program 'id'",
    "copy public.users to stdout",
    "select lo_import('/etc/passwd')",
    "select pg_sleep(60)",
    "select pg_advisory_lock(1)",
    "select pg_try_advisory_lock(1)",
    "lock table reporting.dynos",
    "select * from reporting.dynos for update",
    "select nextval('public.dynos_id_seq')",
    "select pg_terminate_backend(pg_backend_pid())",
    "select pg_cancel_backend(1)",
    "select pg_reload_conf()",
    "select pg_logical_emit_message(false, 'a', 'b')",
    "select pg_notify('a', 'b')",
    "notify a",
    "listen a",
    "do $$ begin perform 1; end $$",
    "explain analyze delete from public.dynos",
    "select count(*) from generate_series(1, 10000000000)",
    "with recursive bomb as (select 1 as n union all select n + 1 from bomb) select count(*) from bomb",
    "select repeat('x', 1000000000)",
    "select query_to_xml('select * from public.users', true, true, '')",
    "select current_setting('data_directory')",
    "prepare p as select 1",
    "declare c cursor for select 1",
    "grant all on schema public to dyno_reader",
    "alter role dyno_reader superuser",
    "select 1 /*",
    "select 'a\x00b'",
    "select '\ud800'",
    "",
    " ; ",
    "what is free next week?",
]


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    with fresh_database.writing() as session:
        session.execute(
            insert(DynoRow),
            [
                {
                    "name": f"Dyno {number}",
                    "facility": "North",
                    "supported_weight_classes": ["<10K"],
                    "supported_drives": ["2WD"],
                    "supported_test_types": ["brake"],
                }
                for number in range(1, 4)
            ],
        )
    let_reader_in(fresh_database)
    return fresh_database


def test_what_is_not_a_question_is_refused_in_a_sentence_and_changes_nothing(lab: Database) -> None:
    # In one test: a database for each of them would take longer than all of them together.
    passed, unsaid = [], []
    for sql in ATTACKS:
        try:
            run_query(lab, sql)
        except QueryRefused as refused:
            if not refused.message.endswith(".") or "Traceback" in refused.message:
                unsaid.append((sql, refused.message))
        else:
            passed.append(sql)
    assert (passed, unsaid) == ([], [])
    with lab.reading() as session:
        assert session.execute(text("SELECT count(*) FROM dynos WHERE name LIKE 'Dyno %'")).scalar_one() == 3


QUESTIONS: list[tuple[str, list[dict[str, object]]]] = [
    ("select name from reporting.dynos order by name", [{"name": f"Dyno {n}"} for n in (1, 2, 3)]),
    ("select name from dynos order by name desc limit 1;", [{"name": "Dyno 3"}]),
    ("select count(*) as n from dynos -- all of them", [{"n": 3}]),
    ("with d as (select facility, count(*) n from dynos group by 1) select * from d", [{"facility": "North", "n": 3}]),
    ("select 100 % 30 as rest, ':x' as colon, '%s' as percent", [{"rest": 10, "colon": ":x", "percent": "%s"}]),
    ("select date '2026-12-01' as day", [{"day": "2026-12-01"}]),
    ("select * from allocations", []),
    ("table test_types", []),
    ("select 1 as a union select 2 order by a", [{"a": 1}, {"a": 2}]),
]


def test_a_question_over_the_reporting_views_is_answered(lab: Database) -> None:
    answers = [(sql, list(run_query(lab, sql).rows)) for sql, _ in QUESTIONS]
    assert answers == QUESTIONS


def test_a_long_answer_is_cut_and_says_so(lab: Database) -> None:
    found = run_query(lab, "select n from generate_series(1, 5000) n")
    assert len(found.rows) == MOST_ROWS
    assert found.as_json()["note"] == "Only the first 200 rows are shown; there are more."


def test_a_row_too_wide_to_show_is_refused(lab: Database) -> None:
    with pytest.raises(QueryRefused, match="too wide"):
        run_query(lab, "select string_agg('0123456789', '') from generate_series(1, 3000)")


def test_the_database_says_what_is_wrong_with_a_query(lab: Database) -> None:
    with pytest.raises(QueryRefused, match='column "nme" does not exist') as refused:
        run_query(lab, "select nme from dynos")
    assert "dynos.name" in refused.value.message.replace('"', "") or "q.name" in refused.value.message


def test_without_a_reader_that_can_sign_in_the_refusal_says_what_to_set(lab: Database) -> None:
    lab.reader_url = "postgresql://nobody_at_all@" + lab.url.split("@", 1)[1]
    with pytest.raises(Misconfigured, match="DATABASE_READER_URL"):
        run_query(lab, "select 1")


def test_a_database_that_does_not_answer_is_said_to_be_down(lab: Database) -> None:
    lab.reader_url = "postgresql://dyno_reader@127.0.0.1:1/nothing"
    with pytest.raises(DatabaseUnavailable):
        run_query(lab, "select 1")


def test_every_refusal_is_one_that_people_are_meant_to_see(lab: Database) -> None:
    with pytest.raises(DynoError):
        run_query(lab, "x" * 20_000)
