"""The command line as scripts drive it: documents on stdout, sentences on stderr, exit codes 0, 1 and 2."""

import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dyno_core.agent.checkpoints import set_up
from dyno_core.booking import create_request
from dyno_core.cli import main
from dyno_core.database.engine import Database, plain_url
from tests.builders import OPERATOR_ORIGIN, given_dyno, given_vehicle, in_days, scalar
from tests.fixtures.workbooks import SAMPLE

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    database: Database
    folder: Path

    def __call__(self, *arguments: str, stdin: str = "", **environment: str) -> Ran:
        """In this process: to start Python anew for each command takes seconds and proves nothing more."""
        out, err = StringIO(), StringIO()
        with pytest.MonkeyPatch.context() as told, redirect_stdout(out), redirect_stderr(err):
            told.chdir(self.folder)
            told.setattr(sys, "stdin", StringIO(stdin))
            for name, setting in (self._environment | environment).items():
                told.setenv(name, setting)
            try:
                code = main(arguments)
            except SystemExit as wrong_usage:
                code = int(str(wrong_usage.code))
        return self._ran(code, out.getvalue(), err.getvalue())

    def process(self, *arguments: str, stdin: str = "") -> Ran:
        """As a script calls it: in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "dyno_core", *arguments],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | self._environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return self._ran(done.returncode, done.stdout, done.stderr)

    @property
    def _environment(self) -> dict[str, str]:
        return {"DATABASE_URL": plain_url(self.database.url), "DYNO_TODAY": "2026-11-24"}

    @staticmethod
    def _ran(code: int, out: str, err: str) -> Ran:
        assert "Traceback" not in err
        return Ran(code, out, err)


@pytest.fixture
def shell(fresh_database: Database, tmp_path: Path) -> Shell:
    given_dyno(fresh_database, "North 1", preference=1)
    given_dyno(fresh_database, "North 2", preference=2, weights=("<10K",), excluded=("brake|AWD|<10K",))
    given_vehicle(fresh_database, tag="512W204", vin="ZZ9F8NVTXSD363661", drive_type="2WD")
    return Shell(fresh_database, tmp_path)


def test_lists_are_documents_with_the_agreed_fields(shell: Shell) -> None:
    dynos = shell.process("dynos", "--json").document
    vehicles = shell("vehicles", "--json").document

    assert [dyno["name"] for dyno in dynos] == ["North 1", "North 2"]
    assert set(dynos[1]) == {
        "id", "name", "facility", "supported_weight_classes", "supported_drives", "supported_test_types",
        "excluded_combinations", "enabled",
    }  # fmt: skip
    assert dynos[1]["excluded_combinations"] == ["brake|AWD|<10K"]
    assert set(vehicles[0]) == {"id", "vin", "tag", "program", "weight_lbs", "weight_class", "drive_type"}


def test_an_allocation_is_booked_moved_and_cancelled_by_tag_vin_and_number(shell: Shell) -> None:
    free = (
        "free",
        "--from",
        "2026-12-01",
        "--to",
        "2026-12-03",
        "--weight",
        "8200",
        "--drive",
        "FWD",
        "--test",
        "Brake",
    )
    booking = ("book", "--vehicle", "512w204", "--start", "2026-12-01", "--days", "3", "--test", "brake", "--json")
    assert [dyno["name"] for dyno in shell(*free, "--json").document] == ["North 1", "North 2"]

    booked = shell(*booking, "--key", "k-1").document
    again = shell(*booking, "--key", "k-1").document
    moved = shell("move", str(booked["id"]), "--start", "2026-12-08", "--dyno", "North 2", "--json").document
    cancelled = shell("cancel", str(booked["id"]), "--reason", "not needed", "--json").document

    assert (booked["dyno"], booked["start_date"], booked["end_date"]) == ("North 1", "2026-12-01", "2026-12-03")
    assert again == booked
    assert (moved["dyno"], moved["start_date"], moved["end_date"]) == ("North 2", "2026-12-08", "2026-12-10")
    assert cancelled["status"] == "cancelled"
    listed = shell(
        "allocations", "--from", "2026-12-01", "--to", "2026-12-31", "--vehicle", "ZZ9F8NVTXSD363661"
    ).document
    assert [one["id"] for one in listed] == [booked["id"]]


def test_a_refusal_is_a_sentence_on_stderr_or_a_document_on_stdout_and_changes_nothing(shell: Shell) -> None:
    refused = ("book", "--vehicle", "512W204", "--start", "2026-12-01", "--days", "3", "--test", "evap")

    said = shell.process(*refused)
    document = shell(*refused, "--json")

    assert (said.code, said.out) == (1, "")
    assert said.err == "“evap” is not a test type: known are brake; choose one of them.\n"
    assert document.code == 1
    assert set(document.document) == {"error", "message", "facts"}
    assert document.document["error"] == "test_type_unknown"
    assert scalar(shell.database, "SELECT count(*) FROM allocations") == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("book", "--vehicle", "512W204", "--start", "2026-02-30", "--days", "3", "--test", "brake"), "not a day"),
        (("book", "--vehicle", "512W204", "--start", "2026-11-23", "--days", "3", "--test", "brake"), "already past"),
        (("book", "--vehicle", "512W204", "--start", "2026-12-01", "--days", "0", "--test", "brake"), "0 days"),
        (("book", "--vehicle", "512W204", "--start", "2026-12-01", "--days", "400", "--test", "brake"), "400 days"),
        (("book", "--vehicle", "no such", "--start", "2026-12-01", "--days", "3", "--test", "brake"), "no vehicle"),
        (("free", "--from", "2026-12-05", "--to", "2026-12-01", "--weight", "1", "--drive", "2WD", "--test", "brake"), "before it starts"),
        (("free", "--from", "2026-12-01", "--to", "2026-12-05", "--weight", "heavy?", "--drive", "2WD", "--test", "brake"), "not a weight"),
        (("free", "--from", "2026-12-01", "--to", "2026-12-05", "--weight", "nan", "--drive", "2WD", "--test", "brake"), "not a weight"),
        (("free", "--from", "2026-12-01", "--to", "2026-12-05", "--weight", "-5", "--drive", "2WD", "--test", "brake"), "-5 lb can't be"),
        (("free", "--from", "2026-12-01", "--to", "2026-12-05", "--weight", "8000", "--drive", "RWD/AWD", "--test", "brake"), "not a drive"),
        (("allocations", "--status", "bogus"), "not a status"),
        (("allocations", "--dyno", "East 9"), "no dyno"),
        (("move", "99", "--start", "2026-12-01"), "no allocation 99"),
        (("cancel", "99", "--reason", "x"), "no allocation 99"),
        (("utilization", "--from", "2026-01-31", "--to", "2026-01-01"), "before it starts"),
        (("roi", "--from", "2026-01-01"), "both"),
        (("chat", "--user", "nobody@example.com"), "no active account"),
        (("user", "add", "not an address", "--password", "long enough 4 sure"), "not an e-mail"),
        (("import-workbook", "missing.xlsx"), "can't be read"),
        (("restore", "missing.dump"), "no file"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)  # fmt: skip
def test_bad_input_gets_one_clear_sentence_and_exit_code_1(
    shell: Shell, arguments: tuple[str, ...], sentence: str
) -> None:
    said = shell(*arguments)

    assert (said.code, said.out) == (1, "")
    assert sentence in said.err
    assert len(said.err.strip().splitlines()) == 1


def test_an_empty_list_is_explained_and_savings_fall_in_the_lab_s_own_month(shell: Shell) -> None:
    north_1 = scalar(shell.database, "SELECT id FROM dynos WHERE name = 'North 1'")
    vehicle = scalar(shell.database, "SELECT id FROM vehicles")
    with shell.database.writing() as session:
        session.execute(
            text(
                "INSERT INTO allocations (vehicle_id, dyno_id, test_type, start_date, end_date, status, source,"
                " created_by, created_at) VALUES (:vehicle, :dyno, 'brake', '2026-12-01', '2026-12-05', 'scheduled',"
                " 'chat', 'engineer@example.com', '2026-10-31 23:30+00')"
            ),
            {"vehicle": vehicle, "dyno": north_1},
        )

    days = ("--from", "2026-12-01", "--to", "2026-12-03")
    free = shell("free", *days, "--weight", ">10K", "--drive", "AWD", "--test", "brake")
    assert (free.code, free.out) == (0, "[]\n")
    assert "1 of 2 dynos can run it" in free.err
    assert "512W204" in free.err

    savings = shell("roi", "--json", DYNO_TIMEZONE="Europe/Berlin").document
    assert [(one["month"], one["allocations"]) for one in savings["months"]] == [("2026-11", 1)]
    told = shell("roi", DYNO_TIMEZONE="Europe/Berlin")
    assert told.code == 0
    assert "Saved so far: 0.1 hours, $3.33; a year at this rate: " in told.out


def test_open_requests_are_proposed_and_placed_once(shell: Shell) -> None:
    for start in (1, 1, 20):
        create_request(
            shell.database, OPERATOR_ORIGIN, vehicle_id=given_vehicle(shell.database), test_type="brake",
            start_date=in_days(start), days=3,
        )  # fmt: skip

    proposed = shell("plan", "propose", "--to", in_days(10).isoformat(), "--json").document
    first, second = (shell("plan", "place", "--tolerance", "5", "--json").document for _ in range(2))

    assert (proposed["placed"], proposed["not_placed"]) == (1, 1)
    assert [one["reason"] for one in proposed["proposals"]] == [None, "none_free"]
    assert (first["placed"], first["not_placed"]) == (3, 0)
    assert [one["allocation"]["dyno"] for one in first["outcomes"]] == ["North 1"] * 3
    assert second == {"outcomes": [], "placed": 0, "not_placed": 0}
    refused = shell("plan", "place", "--facility", "Nowhere")
    assert (refused.code, refused.err) == (1, "There is no dyno at “Nowhere”; choose North.\n")


def test_wrong_usage_ends_with_exit_code_2(shell: Shell) -> None:
    assert shell.process("book").code == 2
    assert shell("no-such-command").code == 2


def test_a_picture_named_xlsx_changes_nothing(shell: Shell) -> None:
    (shell.folder / "plan.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(400))

    ran = shell("import-workbook", "plan.xlsx", "--json")

    assert ran.code == 1
    assert ran.document["error"] == "workbook_unreadable"
    assert scalar(shell.database, "SELECT count(*) FROM imported_rows") == 0


def test_accounts_are_kept_from_the_command_line(shell: Shell) -> None:
    password = ("--password", "a long enough phrase 7")
    assert shell("user", "add", "Ann@example.com", "--role", "planner", *password).code == 0
    assert shell("user", "role", "ann@example.com", "viewer").code == 0
    assert shell("user", "disable", "ann@example.com").code == 0

    assert shell("user", "list", "--json").document == [
        {"email": "ann@example.com", "role": "viewer", "disabled": True}
    ]
    assert scalar(shell.database, "SELECT count(*) FROM audit_log WHERE entity = 'user'") == 3


def test_a_chat_streams_one_event_a_line_and_writes_only_after_the_yes_of_whichever_process(shell: Shell) -> None:
    set_up(shell.database)
    shell("user", "add", "eng@example.com", "--password", "a long enough phrase 7")
    chat = ("chat", "--user", "eng@example.com", "--json")

    asked = shell(*chat, stdin="book 512W204 for brake from 2026-12-01 for 3 days\n")
    assert scalar(shell.database, "SELECT count(*) FROM allocations") == 0
    answered = shell.process(*chat, stdin="/approve\n/new\n/undo\n")

    events = [json.loads(line) for line in (asked.out + answered.out).splitlines()]
    turns = " ".join(event["type"] for event in events).split("done")

    assert "approval_required" in turns[0]
    assert "tool_result" not in turns[0]
    assert "tool_result message" in turns[1].replace("token ", "").replace("progress ", "")
    assert scalar(shell.database, "SELECT source FROM allocations") == "chat"
    assert scalar(shell.database, "SELECT conversation_id IS NOT NULL FROM audit_log WHERE action = 'book'") is True


def test_a_backup_brings_everything_back_and_a_damaged_one_changes_nothing(shell: Shell) -> None:
    shell("book", "--vehicle", "512W204", "--start", "2026-12-01", "--days", "3", "--test", "brake")
    assert shell("backup", "all.dump", "--json").document["bytes"] > 0
    shell("cancel", "1", "--reason", "after the backup")
    (shell.folder / "broken.dump").write_bytes((shell.folder / "all.dump").read_bytes()[:2000])

    broken = shell("restore", "broken.dump")
    assert (broken.code, scalar(shell.database, "SELECT status FROM allocations")) == (1, "cancelled")

    assert shell("restore", "all.dump").code == 0
    assert scalar(shell.database, "SELECT status FROM allocations") == "scheduled"
    assert shell("book", "--vehicle", "512W204", "--start", "2026-12-01", "--days", "3", "--test", "brake").code == 1


def test_the_export_goes_to_a_file_and_comes_back_unchanged(shell: Shell) -> None:
    shell("book", "--vehicle", "512W204", "--start", "2026-12-01", "--days", "3", "--test", "brake")
    assert shell("export-workbook", "plan.xlsx").code == 0

    report = shell("import-workbook", "plan.xlsx", "--json").document

    assert (report["allocations"], report["changes"]["created"], report["changes"]["updated"]) == (1, 0, 0)


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample workbook is not beside the checkout")
def test_the_real_workbook_gives_the_known_figures_and_a_second_import_changes_nothing(
    empty_database: Database, tmp_path: Path
) -> None:
    shell = Shell(empty_database, tmp_path)

    dry = shell("import-workbook", str(SAMPLE), "--dry-run", "--json").document
    first = shell("import-workbook", str(SAMPLE), "--json").document
    audit = scalar(empty_database, "SELECT count(*) FROM audit_log")
    second = shell("import-workbook", str(SAMPLE), "--json").document
    year = shell("utilization", "--from", "2025-01-01", "--to", "2025-12-31", "--by", "dyno", "--json").document

    for report in (dry, first, second):
        assert (report["allocations"], report["requests"], len(report["rejected"])) == (134, 137, 9)
        assert (report["dynos"], len(report["double_bookings"]), len(report["vehicle_overlaps"])) == (42, 12, 5)
    assert scalar(empty_database, "SELECT count(*) FROM audit_log") == audit
    assert second["changes"]["created"] == second["changes"]["updated"] == 0
    assert len([one for one in shell("conflicts", "--json").document if one["kind"] == "dyno"]) == 12
    late = shell("late", "--json", DYNO_TODAY="2025-10-15").document
    assert (len(late), late[0]["delay"].split("; ")[0]) == (38, "should have ended 138 days ago")
    assert year["fleet"]["booked_days"] == 1843
    assert year["without_track"]["booked_days"] + year["track"]["booked_days"] == 1843
    slipping = [
        shell("plan", "propose", "--tolerance", days, "--json", DYNO_TODAY="2025-01-01").document["placed"]
        for days in ("0", "14")
    ]
    # Of 137: one lasts over a year and is never placed in one piece, one fits only over a disputed test.
    assert slipping == [103, 123]


def test_a_database_that_cannot_be_reached_is_said_in_one_sentence(shell: Shell) -> None:
    ran = shell("dynos", "--json", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")

    assert (ran.code, ran.document["error"]) == (1, "database_unavailable")


def test_settings_that_contradict_are_named(shell: Shell) -> None:
    ran = shell("dynos", DYNO_ENV="production")

    assert ran.code == 1
    assert "DYNO_TODAY" in ran.err
