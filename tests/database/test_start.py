"""What a first start finds, makes and says."""

from pathlib import Path
from typing import Literal

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from dyno_core.accounts.passwords import verify_password
from dyno_core.accounts.roles import OPERATOR, Role
from dyno_core.accounts.users import change_password, list_users
from dyno_core.audit.log import Origin
from dyno_core.database import migrate as migrate_module
from dyno_core.database.engine import Database, plain_url
from dyno_core.demo import is_demo_loaded
from dyno_core.errors import Misconfigured
from dyno_core.server import greeting
from dyno_core.settings import Settings
from dyno_core.start import App, demo_accounts, demo_sign_ins, prepare_first_look
from dyno_core.telemetry import track_performance
from tests.builders import given_dyno, scalar
from tests.fixtures.app import KEY, given_user


def an_app(database: Database, home: Path, *, environment: Literal["development", "production"] = "development") -> App:
    settings = Settings(
        _env_file=None,
        database_url=SecretStr(plain_url(database.url)),
        dyno_home=home,
        dyno_env=environment,
        dyno_secret_key=SecretStr(KEY),
    )
    return App(database=database, clock=settings.clock(), settings=settings, embedded=None)


def test_a_plan_that_was_imported_first_stays_and_gets_people_to_sign_in(
    fresh_database: Database, tmp_path: Path
) -> None:
    given_dyno(fresh_database, "North 1")
    app = an_app(fresh_database, tmp_path)
    prepare_first_look(app, with_lab=True)
    assert not is_demo_loaded(fresh_database)
    assert scalar(fresh_database, "SELECT count(*) FROM dynos") == 1
    noted = demo_accounts(app.settings)
    assert sorted(one.role for one in noted) == sorted(role.value for role in Role)
    assert all(f"{one.password}  ({one.role})" in greeting(app, host="127.0.0.1", port=8501) for one in noted)
    first = noted[0]
    stored = scalar(fresh_database, "SELECT password_hash FROM users WHERE email = :email", email=first.email)
    assert verify_password(first.password, str(stored))
    assert scalar(fresh_database, "SELECT count(*) FROM audit_log WHERE entity = 'user'") == 5
    prepare_first_look(app, with_lab=True)
    assert demo_sign_ins(app) == demo_accounts(app.settings) == noted
    change_password(
        fresh_database, Origin(actor=OPERATOR, channel="admin"), email=first.email, password="another long secret"
    )
    assert demo_sign_ins(app) == noted[1:], "a password that was changed is not told any more"


def test_an_empty_database_becomes_the_demo_lab(fresh_database: Database, tmp_path: Path) -> None:
    app = an_app(fresh_database, tmp_path)
    prepare_first_look(app, with_lab=True)
    assert is_demo_loaded(fresh_database)
    assert len(demo_accounts(app.settings)) == 5


def test_a_database_of_ones_own_gets_no_lab_and_keeps_its_passwords_to_itself(
    fresh_database: Database, tmp_path: Path
) -> None:
    app = an_app(fresh_database, tmp_path)
    prepare_first_look(app, with_lab=False)
    assert scalar(fresh_database, "SELECT count(*) FROM dynos") == 0
    assert len(demo_accounts(app.settings)) == scalar(fresh_database, "SELECT count(*) FROM users") == 5
    assert demo_accounts(app.settings.model_copy(update={"database_url": None})) == ()


def test_where_their_passwords_can_not_be_noted_no_accounts_are_made(fresh_database: Database, tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    with pytest.raises(Misconfigured, match="noted in DYNO_HOME, which can't be used: file exists; make that folder"):
        prepare_first_look(an_app(fresh_database, tmp_path / "home"), with_lab=False)
    assert scalar(fresh_database, "SELECT count(*) FROM users") == 0


def test_a_server_that_is_too_old_is_left_as_it_is(empty_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate_module, "OLDEST_SERVER", 990000)
    with pytest.raises(Misconfigured, match=r"^This PostgreSQL server is version 1\d, but 15 is the oldest that works"):
        migrate_module.migrate(empty_database)
    assert migrate_module.is_empty(empty_database)


@pytest.mark.parametrize("disabled", [False, True])
def test_where_somebody_has_an_account_nothing_is_added(
    fresh_database: Database, tmp_path: Path, disabled: bool
) -> None:
    given_user(fresh_database, email="ann@example.com")
    if disabled:
        with fresh_database.writing() as session:
            session.execute(text("UPDATE users SET disabled = true"))
    app = an_app(fresh_database, tmp_path)
    prepare_first_look(app, with_lab=True)
    assert [user.email for user in list_users(fresh_database, OPERATOR)] == ["ann@example.com"]
    assert "Sign in" not in greeting(app, host="127.0.0.1", port=8501)


def test_production_makes_no_accounts_and_says_how_to_add_the_first(fresh_database: Database, tmp_path: Path) -> None:
    app = an_app(fresh_database, tmp_path, environment="production")
    prepare_first_look(app, with_lab=True)
    assert scalar(fresh_database, "SELECT count(*) FROM users") == 0
    assert not list(tmp_path.iterdir())
    assert "add the first administrator with: python -m dyno_core user add name@example.com --role admin" in greeting(
        app, host="0.0.0.0", port=80
    )


def test_an_older_schema_is_said_and_left_alone(empty_database: Database, tmp_path: Path) -> None:
    app = an_app(empty_database, tmp_path)
    prepare_first_look(app, with_lab=True)
    assert "python -m dyno_core migrate" in greeting(app, host="127.0.0.1", port=8501)


def test_measurements_are_stored_and_on_aws_printed_too(
    fresh_database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = an_app(fresh_database, tmp_path)
    app.settings.dyno_cloudwatch_namespace = "Lab"
    app.watch()
    with track_performance("reports", "only_here"):
        pass
    app.close()
    assert '"Namespace": "Lab"' in capsys.readouterr().out
    stored = "SELECT count(*) FROM metrics WHERE service_name = 'reports' AND method_name = 'only_here'"
    assert scalar(fresh_database, stored) == 1
