"""Questions in SQL: what analysts ask passes, what attackers try fails with a sentence and changes nothing."""

import re

import psycopg
import pytest
from sqlalchemy import insert, text

from dyno_core.agent import query
from dyno_core.agent.query import MOST_ROWS, run_query
from dyno_core.agent.query_errors import QueryRefused, refused_by
from dyno_core.database.engine import Database, plain_url
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
    "prepare p as select 1",
    "declare c cursor for select 1",
    "grant all on schema public to dyno_reader",
    "alter role dyno_reader superuser",
    "commit; begin; select 1; rollback",
    "select 1; select 2",
    "select 1; commit; select 2",
    "select 1) as q limit 1; insert into public.dynos (name, facility) values ('x', 'y') --",
    "select 1) as q union select password_hash from public.users --",
    "merge into public.dynos d using reporting.vehicles v on false when not matched then do nothing",
    "with new as (insert into public.dynos (name, facility) values ('x', 'y') returning id) select * from new",
    "drop schema reporting cascade",
    "drop view reporting.dynos",
    "create or replace view reporting.dynos as select * from public.users",
    "create function reporting.f() returns int language sql as 'select 1'",
    "create schema mine",
    "create role other superuser",
    "set statement_timeout = 0",
    "set local role postgres",
    "begin read write",
    "savepoint a",
    "show data_directory",
    "vacuum public.dynos",
    "reindex database current",
    "checkpoint",
    "load 'auto_explain'",
    "execute p",
    "fetch all from c",
    "call pg_catalog.pg_sleep(1)",
    "select * from public.sessions",
    "select * from public.audit_log",
    "select * from public.chat_messages",
    "select setval('public.dynos_id_seq', 1)",
    "select pg_catalog.pg_sleep_for('1 minute')",
    "select pg_advisory_xact_lock(1)",
    "select lowrite(0, 'x')",
    "select lo_export(1, '/tmp/x')",
    "select pg_read_binary_file('/etc/passwd')",
    "select pg_stat_file('/etc/passwd')",
    "copy reporting.dynos to '/tmp/x'",
    "select txid_current()",
    "select pg_export_snapshot()",
    "select pg_switch_wal()",
    "select pg_rotate_logfile()",
    "select database_to_xml(true, true, '')",
    "select lpad('x', 1000000000)",
    "select rpad('x', 1000000000)",
    "select array_fill(1, array[100000000])",
    "select length(format('%50000000s', 'x'))",
    "select length(format/**/('%*s', 50000000, 'x'))",
    "select length(3::bit(80000000)::text)",
    "select length(3::bit(80)::bit varying(80000000)::text)",
    "select string_agg(a.n::text, ',') from generate_series(1, 100000000) a(n)",
    "select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b",
    "select regexp_replace(string_agg('a', ''), '(a+)+$', 'b') from generate_series(1, 100000000)",
    "select * from pg_stat_activity",
    "select * from pg_roles",
    "select usename from pg_user",
    "select name, setting from pg_settings",
    "select datname from pg_database",
    "select prosrc from pg_proc",
    "select * from pg_hba_file_rules",
    "select definition from pg_views",
    "select inet_server_addr()",
    "select pg_postmaster_start_time()",
    "select pg_backend_pid()",
    "select has_table_privilege('public.users', 'select')",
    "select 1 /*",
    "select 'a\x00b'",
    "select '\ud800'",
    "",
    " ; ",
    "what is free next week?",
]
# Every role may read these; PostgreSQL's drivers need some of them. The app refuses questions that name them.
ONLY_REFUSED = [
    "select version()",
    'select pg_catalog."version"()',
    "select version /* really */ ()",
    "select current_setting('server_version')",
    "select current_setting('data_directory', true)",
    "select current_user",
    "select session_user",
    "select current_database()",
    "select user",
    'select "user"()',
    "select getdatabaseencoding()",
    "select setseed(0.5)",
    "select '1'::bit(80000000)",
    "select relname from pg_class",
    "select relname from PG_CATALOG.PG_CLASS",
    'select relname from "pg_class"',
    'select relname from U&"\\0070g_class"',
    "select 1259::regclass",
    "select to_regclass('public.users')",
    "select nspname from pg_namespace",
    "select attname from pg_attribute",
    "select table_name from information_schema.tables",
    "select column_name from Information_Schema.Columns",
    "select obj_description(1)",
    "select tableoid from reporting.dynos",
    "select * from vehicles where notes = (select string_agg(rolname, ',') from pg_roles)",
    "select 1 -- pg_roles",
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


def outcomes(lab: Database, attacks: list[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """What passed, and what was refused with words that are not ours."""
    passed, unsaid = [], []
    for sql in attacks:
        try:
            run_query(lab, sql)
        except QueryRefused as refused:
            if not refused.message.endswith(".") or DATABASES_WORDS.search(refused.message):
                unsaid.append((sql, refused.message))
        else:
            passed.append(sql)
    return passed, unsaid


DATABASES_WORDS = re.compile(r"permission denied|relation|syntax error|schema public|ERROR|Traceback|row_to_json|HINT")


def test_what_is_not_a_question_is_refused_in_our_own_words_and_changes_nothing(
    lab: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In one test: a database for each of them would take longer than all of them together.
    assert len(ATTACKS) >= 100
    assert outcomes(lab, ATTACKS + ONLY_REFUSED) == ([], [])
    # The wall is the database's: it holds without the list of words that the app refuses.
    monkeypatch.setattr("dyno_core.agent.query.refuse_what_is_not_the_plan", lambda query: None)
    assert outcomes(lab, ATTACKS) == ([], [])
    with lab.reading() as session:
        assert session.execute(text("SELECT count(*) FROM dynos WHERE name LIKE 'Dyno %'")).scalar_one() == 3


def test_the_catalogs_that_drivers_need_are_kept_out_by_the_app_alone(
    lab: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Or the list above would prove nothing: without the app's refusal these do pass.
    monkeypatch.setattr("dyno_core.agent.query.refuse_what_is_not_the_plan", lambda query: None)
    assert "select version()" in outcomes(lab, ONLY_REFUSED)[0]


# Not what sorts and spills: that is bounded by work_mem and temp_file_limit.
GROWING = [
    "select cardinality(array(select generate_series(1, 9000000)))",
    "select length(array_to_string(array(select generate_series(1, 9000000)), ','))",
]


def test_a_query_that_grows_one_value_is_stopped_on_the_same_machine_and_the_server_lives_on(
    lab: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that it is not the two seconds that stop it.
    unhurried = query._OPTIONS.replace("statement_timeout=2000", "statement_timeout=60000")
    monkeypatch.setattr(query, "_OPTIONS", unhurried)
    with psycopg.connect(plain_url(lab.url)) as other:
        for sql in GROWING:
            with pytest.raises(QueryRefused, match="too much room"):
                run_query(lab, sql)
        # A server that lost a process would have ended every connection.
        assert other.execute("select 1").fetchone() == (1,)
    assert run_query(lab, "select 1 as a").rows == ({"a": 1},)


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
    (
        "select 'a bit, says the user' as note, 'version 2' as other",
        [{"note": "a bit, says the user", "other": "version 2"}],
    ),
    ("select id from allocations where contact = 'user' or program like '%a bit%'", []),
]


def test_a_question_over_the_reporting_views_is_answered(lab: Database) -> None:
    answers = [(sql, list(run_query(lab, sql).rows)) for sql, _ in QUESTIONS]
    assert answers == QUESTIONS


HIDDEN = [
    r"select '\' as a, user as b, '' as c",
    "select $$'$$ as a, user as b, '' as c",
    "select 1 as \"'\", user as b, '' as c",
    "select 1 /* ' */ as a, user as b, '' as c",
    "select 1 as a, -- '\nuser as b, '' as c",
    "select '' as a, user as b",
    "select 'it''s' as a, version() as b",
]


@pytest.mark.parametrize("sql", HIDDEN)
def test_a_quotation_mark_hides_no_word_that_is_refused(lab: Database, sql: str) -> None:
    with pytest.raises(QueryRefused, match="about the database itself"):
        run_query(lab, sql)


def test_who_asks_is_put_in_as_a_text_whatever_their_address_is(lab: Database) -> None:
    sql = "select :me as me, ':me' as quoted, 1::int as n"
    assert run_query(lab, sql, me="o'neil' or true --@x").rows == (
        {"me": "o'neil' or true --@x", "quoted": ":me", "n": 1},
    )


def test_a_long_answer_is_cut_and_says_so(lab: Database) -> None:
    found = run_query(lab, "select n from generate_series(1, 5000) n")
    assert len(found.rows) == MOST_ROWS
    assert found.as_json()["note"] == "Only the first 200 rows are shown; there are more."


def test_a_row_too_wide_to_show_is_refused(lab: Database) -> None:
    with pytest.raises(QueryRefused, match="too wide"):
        run_query(lab, "select string_agg('0123456789', '') from generate_series(1, 3000)")


MISTAKES = [
    ("select nme from dynos", "There is no column “nme” in the views that it reads."),
    ("select *\nfrom dynoz", "There is no view “dynoz”."),
    ("select q.id from dynos d", "There is no view “q.id”."),
    ("select nothing(1)", "There is no function or operator “nothing” for such values."),
    ("select selekt from from dynos", "the trouble is at “from”."),
    ("select name, count(*) from dynos", "Each column has to be grouped by or counted; “name” is neither."),
    ("select 1 / (select count(*) from allocations)", "It divides by zero"),
    ("select date '2026-02-30'", "is not in the calendar."),
    ("select * from dynos where id = 'x'", "The value at “'x'” is not of the kind"),
    ("select 'ü' as a, nme from dynos", "There is no column “nme”"),
]


def test_a_mistake_in_a_query_is_told_in_our_own_words(lab: Database) -> None:
    for sql, sentence in MISTAKES:
        with pytest.raises(QueryRefused) as refused:
            run_query(lab, sql)
        assert sentence in refused.value.message, sql
        assert not DATABASES_WORDS.search(refused.value.message)


def test_a_name_that_is_not_known_comes_with_the_views_that_are() -> None:
    unknown = refused_by("42703", "select nme from dynos", 7).knowing(["reporting.dynos(id integer)"])
    assert unknown.facts["views"] == ["reporting.dynos(id integer)"]
    assert "views" not in refused_by("22012", "select 1/0", None).knowing(["reporting.dynos(id integer)"]).facts


def test_a_reader_that_may_do_anything_is_not_used(lab: Database) -> None:
    lab.reader_url = lab.url
    with pytest.raises(Misconfigured, match="reads schema reporting only"):
        run_query(lab, "select 1")


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
