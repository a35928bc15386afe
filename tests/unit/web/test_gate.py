"""Which paths are open, where a sign-in may lead, and whose forms are taken."""

import pytest
from starlette.requests import HTTPConnection

from dyno_core.web.gate import is_open, is_same_origin, safe_next
from dyno_core.web.headers import content_security_policy, inline_script_hashes, installed_policy


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics", "/auth/login", "/static/js/a.js", "/_stcore/health"])
def test_what_everybody_needs_before_signing_in_is_open(path: str) -> None:
    assert is_open(path)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/admin",
        "/health/x",
        "/healthy",
        "/static/../admin",
        "/static/..\\admin",
        "//static/x",
        "/_stcore/stream",
        "/_stcore/metrics",
        "/_stcore/upload_file/x",
        "/media/x.csv",
        "/AUTH/login",
    ],
)
def test_everything_else_is_closed(path: str) -> None:
    assert not is_open(path)


@pytest.mark.parametrize(
    "wanted", ["/", "/calendar", "/calendar?team=a%20b&view=month", "/utilization?from=2026-03-09"]
)
def test_a_page_of_the_app_is_kept_with_its_query(wanted: str) -> None:
    assert safe_next(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        "",
        "calendar",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%5cevil.example",
        "/%2fevil.example",
        "/\t/evil.example",
        "/%09/evil.example",
        "/\r\nSet-Cookie: x=y",
        "https://evil.example/calendar",
        "https:evil.example",
        "javascript:alert(1)",
        "/auth/logout",
        "/" + "x" * 5000,
    ],
)
def test_a_place_that_could_lie_elsewhere_becomes_the_first_page(wanted: str | None) -> None:
    assert safe_next(wanted) == "/"


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({"origin": "https://dyno.example"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://dyno.example.evil.example"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"referer": "https://dyno.example/calendar"}, True),
        ({"referer": "https://evil.example/dyno.example"}, False),
        ({}, True),
    ],
)
def test_a_form_or_link_of_another_site_is_told_from_our_own(headers: dict[str, str], same: bool) -> None:
    raw = [(name.encode(), value.encode()) for name, value in ({"host": "dyno.example"} | headers).items()]
    assert is_same_origin(HTTPConnection({"type": "http", "headers": raw})) is same


def test_only_scripts_that_stand_in_the_page_itself_are_hashed() -> None:
    page = '<script src="a.js"></script><script>let a = 1</script><script type="module">let b</script>'
    assert len(inline_script_hashes(page)) == 2
    assert inline_script_hashes("<script>alert(1)</script>") == (
        "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='",
    )


def test_the_policy_of_the_installed_streamlit_allows_no_other_script() -> None:
    policy = dict(part.split(" ", 1) for part in installed_policy().split("; "))
    assert policy["default-src"] == "'self'"
    assert "unsafe" not in policy["script-src"]
    assert all(source == "'self'" or source.startswith("'sha256-") for source in policy["script-src"].split())
    assert policy["frame-ancestors"] == "'none'"
    assert "http" not in content_security_policy(())
