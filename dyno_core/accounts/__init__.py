"""Who people are, what they may do, and how they sign in.

`users` (creating and changing accounts) is imported by its own name: it writes to the audit log, and the
audit log knows people by `Actor`, which lives here.
"""

from dyno_core.accounts.roles import OPERATOR, Actor, Permission, Role, authorize, require, roles_with
from dyno_core.accounts.sign_in import (
    OpenSession,
    SignedIn,
    SignInRefused,
    TooManyAttempts,
    actor_for,
    issue_session,
    open_sessions,
    revoke_session,
    sign_in,
    sign_out,
)
from dyno_core.accounts.tokens import SESSION_LIFETIME, signing_key

__all__ = [
    "OPERATOR",
    "SESSION_LIFETIME",
    "Actor",
    "OpenSession",
    "Permission",
    "Role",
    "SignInRefused",
    "SignedIn",
    "TooManyAttempts",
    "actor_for",
    "authorize",
    "issue_session",
    "open_sessions",
    "require",
    "revoke_session",
    "roles_with",
    "sign_in",
    "sign_out",
    "signing_key",
]
