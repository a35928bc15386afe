"""The few pages that are not Streamlit's: sign-in, sign-out, database away. They work without JavaScript."""

import html
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from string import Template
from typing import Final

from dyno_core.start import DemoAccount

_HERE: Final = Path(__file__).parent


def sign_in_page(
    *,
    next_path: str,
    email: str = "",
    error: str | None = None,
    notice: str | None = None,
    demo: Sequence[DemoAccount] = (),
) -> str:
    alert = f'<p class="notice" role="status">{html.escape(notice)}</p>' if notice else ""
    if error:
        alert = f'<p class="alert" role="alert" id="problem">{html.escape(error)}</p>'
    return _page(
        "Sign in",
        _template("sign_in.html").substitute(
            alert=alert,
            next=html.escape(next_path),
            email=html.escape(email),
            email_focus="" if email else " autofocus",
            password_focus=" autofocus" if email else "",
            described=' aria-describedby="problem" aria-invalid="true"' if error else "",
            demo=_demo(demo),
        ),
    )


def sign_out_page() -> str:
    """Asked when a link to sign out came from somewhere else."""
    return _page(
        "Sign out",
        '<h1>Sign out?</h1><p class="lead">This link came from another page, so nothing was done yet.</p>'
        '<form method="post" action="/auth/logout"><button type="submit">Sign out</button></form>'
        '<p class="foot"><a href="/">Stay signed in</a></p>',
    )


def away_page() -> str:
    """Loads itself again every few seconds, also without JavaScript."""
    return _page(
        "One moment",
        '<h1>The database can’t be reached</h1><p class="lead" role="status">Nothing was changed or lost. '
        "This page comes back by itself as soon as the database answers.</p>"
        '<p class="waiting" aria-hidden="true"><span></span><span></span><span></span></p>',
        head='<meta http-equiv="refresh" content="4">',
    )


def defect_page(reference: str) -> str:
    return _page(
        "Something went wrong",
        "<h1>Something went wrong on our side</h1>"
        f'<p class="lead">Try again; if it stays, tell an administrator the reference <strong>{reference}</strong>.</p>'
        '<p class="foot"><a href="/">Back to the app</a></p>',
    )


def _demo(demo: Sequence[DemoAccount]) -> str:
    if not demo:
        return ""
    rows = "".join(
        f"<tr><td>{html.escape(one.email)}<br><small>{html.escape(one.role)}</small></td>"
        f"<td><code>{html.escape(one.password)}</code></td></tr>"
        for one in demo
    )
    return (
        '<aside aria-labelledby="demo"><h2 id="demo">Demo accounts</h2>'
        "<p>Shown on this machine only, while DYNO_ENV is “development”.</p>"
        f"<table><tbody>{rows}</tbody></table></aside>"
    )


def _page(title: str, body: str, *, head: str = "") -> str:
    return _template("frame.html").substitute(title=html.escape(title), body=body, head=head)


@cache
def _template(name: str) -> Template:
    return Template((_HERE / "templates" / name).read_text(encoding="utf-8"))
