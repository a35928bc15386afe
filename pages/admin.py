"""Accounts, sessions, the record of changes, timings and health. For administrators."""

from dataclasses import asdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dyno_core.accounts.roles import Permission, Role
from dyno_core.accounts.sign_in import open_sessions, revoke_session
from dyno_core.accounts.users import change_password, create_user, list_users, set_disabled, set_role
from dyno_core.ui.admin_changes import draw_changes
from dyno_core.ui.admin_health import draw_health
from dyno_core.ui.columns import moment_column
from dyno_core.ui.errors import presented
from dyno_core.ui.quoting import unmarked
from dyno_core.ui.session import current_app, origin, require_page

ROLES = [role.value for role in Role]

actor = require_page(Permission.MANAGE_USERS)
database = current_app().database
by_admin = origin("admin", actor)
zone = ZoneInfo(current_app().settings.dyno_timezone)
WHEN = moment_column(zone)


def done(message: str) -> None:
    """Tell it after the rerun that draws everything as it now is."""
    st.session_state["admin_done"] = message
    st.rerun()


def add_account() -> None:
    with st.form("add_account", clear_on_submit=False):
        left, right = st.columns(2)
        email = left.text_input("E-mail address", autocomplete="off", key="new_email")
        name = right.text_input("Name", autocomplete="off", key="new_name")
        role = left.selectbox("Role", ROLES, index=1, key="new_role")
        label = "First password (10 characters or more)"
        password = right.text_input(label, type="password", autocomplete="new-password", key="new_password")
        if st.form_submit_button("Add account", type="primary", key="add"):
            with presented():
                user = create_user(database, by_admin, email=email, name=name, role=role, password=password)
                done(f"Added {user.email}.")


def change_account() -> None:
    email = st.selectbox("Account", [user.email for user in users], key="account")
    user = next(one for one in users if one.email == email)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        role = st.selectbox("Role", ROLES, index=ROLES.index(user.role.value), key=f"role_{user.id}")
        if st.button("Save role", key="save_role", disabled=role == user.role.value):
            with presented():
                set_role(database, by_admin, email=email, role=role)
                done(f"{email} is now {role}.")
        if st.button("Enable account" if user.disabled else "Disable account", key="switch"):
            with presented():
                set_disabled(database, by_admin, email=email, disabled=not user.disabled)
                done(f"{email} {'can sign in again' if user.disabled else 'is signed out and can not sign in'}.")
    with st.form(f"password_{user.id}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        password = st.text_input("New password", type="password", autocomplete="new-password", key="reset_password")
        if st.form_submit_button("Set password", key="reset"):
            with presented():
                change_password(database, by_admin, email=email, password=password)
                done(f"{email} has a new password and is signed out everywhere.")


def accounts_tab() -> None:
    table = pd.DataFrame([asdict(user) for user in users]).drop(columns=["id"])
    table.columns = pd.Index(["E-mail address", "Name", "Role", "Disabled", "Created", "Last sign-in"])
    st.dataframe(table, hide_index=True, column_config={"Created": WHEN, "Last sign-in": WHEN}, placeholder="never")
    with st.expander("Change an account", expanded=True, icon=":material/manage_accounts:"):
        change_account()
    with st.expander("Add an account", icon=":material/person_add:"):
        add_account()


def sessions_tab() -> None:
    found = open_sessions(database, actor, now=datetime.now(UTC))
    table = pd.DataFrame([asdict(one) for one in found]).drop(columns=["id"])
    table.columns = pd.Index(["E-mail address", "Since", "Until", "Address", "Browser"])
    chosen = st.dataframe(
        table, hide_index=True, on_select="rerun", selection_mode="multi-row", key="sessions",
        column_config={"Since": WHEN, "Until": WHEN},
    )["selection"]["rows"]  # fmt: skip
    if st.button("Sign the chosen sessions out", key="revoke", disabled=not chosen):
        with presented():
            for row in chosen:
                revoke_session(database, actor, session_id=found[row].id)
            done(f"Signed {len(chosen)} out.")


def changes_tab() -> None:
    draw_changes(database, today=current_app().clock.today(), zone=zone)


def health_tab() -> None:
    draw_health(database, actor)


st.title("Admin")
if message := st.session_state.pop("admin_done", None):
    st.success(unmarked(message), icon=":material/check_circle:")
with presented():
    users = list_users(database, actor)
    drawn = {"Accounts": accounts_tab, "Sessions": sessions_tab, "Changes": changes_tab, "Health": health_tab}
    # Only the open tab asks the database.
    for tab, draw in zip(st.tabs(list(drawn), key="tab", bind="query-params"), drawn.values(), strict=True):
        if tab.open:
            with tab, presented():
                draw()
