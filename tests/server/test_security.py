"""Who may do what, decided without a server."""

import pytest

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.server.security import COOKIE_S, Access, host_name, is_loopback, make_access, same_origin, shown
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorServer
from tests.server.asking import ADMIN, NOW, READ

ACCESS = Access(Secret(READ), Secret(ADMIN), frozenset({"watch.example.org"}))


def test_a_token_opens_what_it_is_for() -> None:
    assert [ACCESS.role(token) for token in (READ, ADMIN, READ[:-1], "", "é")] == [
        "read",
        "admin",
        "none",
        "none",
        "none",
    ]


def test_without_a_read_token_everybody_reads_and_nobody_is_admin() -> None:
    nothing = Access(None, None)
    assert nothing.everybody == "read"
    assert nothing.role("") == "none"
    assert ACCESS.everybody == "none"


def test_a_cookie_stands_for_its_token_until_it_ends() -> None:
    cookie = ACCESS.cookie("admin", NOW)
    assert ACCESS.role_in_cookie(cookie, NOW + COOKIE_S - 1) == "admin"
    assert ACCESS.role_in_cookie(cookie, NOW + COOKIE_S) == "none"
    assert ADMIN not in cookie


def test_a_cookie_that_was_changed_opens_nothing() -> None:
    reader = ACCESS.cookie("read", NOW)
    longer = reader.replace(str(int(NOW) + COOKIE_S), str(int(NOW) + 2 * COOKIE_S))
    forged = [
        reader.replace("read", "admin"),
        reader.replace("read", "none"),
        longer,
        reader[:-1],
        "",
        "read..",
        "admin.9².",
    ]
    assert {ACCESS.role_in_cookie(text, NOW) for text in forged} == {"none"}


def test_a_cookie_of_another_token_opens_nothing() -> None:
    other = Access(Secret("another-token-to-read"), None)
    assert ACCESS.role_in_cookie(other.cookie("read", NOW), NOW) == "none"
    assert other.role_in_cookie(ACCESS.cookie("admin", NOW), NOW) == "none"


@pytest.mark.parametrize("host", ["localhost:8765", "127.0.0.1", "[::1]:8765", "10.1.2.3", "WATCH.example.org:80"])
def test_we_answer_to_local_names_to_addresses_and_to_names_that_are_stated(host: str) -> None:
    assert ACCESS.answers_to(host)


@pytest.mark.parametrize(
    "host", ["evil.example", "", "localhost.evil.example", "a@localhost", "localhost/", "[::1", "localhost:x"]
)
def test_we_answer_to_no_other_name(host: str) -> None:
    assert not ACCESS.answers_to(host)


def test_pages_of_other_sites_are_told_from_ours() -> None:
    assert same_origin(None, "localhost:8765")
    assert same_origin("http://localhost:8765", "localhost:8765")
    assert same_origin("https://watch.example.org", "watch.example.org")
    others = ["http://localhost:1", "http://evil.example", "null", "chrome-extension://localhost:8765", ""]
    assert not any(same_origin(origin, "localhost:8765") for origin in others)


def test_an_address_that_others_reach_needs_both_tokens() -> None:
    for host in ("0.0.0.0", "::", "10.0.0.1", "db.example.org", ""):  # noqa: S104  # nothing is bound
        with pytest.raises(RefusedError, match="without tokens"):
            make_access(MonitorServer(host=host, read_token=Secret(READ)), {})
        assert make_access(
            MonitorServer(host=host, read_token=Secret(READ), admin_token=Secret(ADMIN)), {}
        ).admin == Secret(ADMIN)


def test_loopback_needs_none() -> None:
    assert all(is_loopback(host) for host in ("127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"))
    assert make_access(MonitorServer(), {}) == Access(None, None, frozenset({"127.0.0.1"}))


def test_a_token_may_be_a_variable() -> None:
    access = make_access(MonitorServer(read_token=Secret("env:READ")), {"READ": f" {READ}\n"})
    assert access.role(READ) == "read"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "short",
        "has a space in its text",
        "abcabcabcabcabcabcabcabc",
        "with-ä-which-is-no-ascii",
        "env:MISSING",
        "env:SHORT",
    ],
)
def test_a_token_that_cannot_be_used_is_told_without_it(token: str) -> None:
    with pytest.raises(UsageError) as raised:
        make_access(MonitorServer(read_token=Secret(token)), {"SHORT": "geheim"})
    assert "geheim" not in str(raised.value)
    assert raised.value.remedy


def test_one_token_for_both_is_refused() -> None:
    with pytest.raises(UsageError, match="the same"):
        make_access(MonitorServer(read_token=Secret(READ), admin_token=Secret(READ)), {})


def test_what_a_request_shows_is_found_in_its_headers() -> None:
    assert shown({"authorization": f"bearer {READ}"}) == (READ, None)
    assert shown({"authorization": f"Basic {READ}", "cookie": "a=b; plimsoll_session=read.1.x"}) == (None, "read.1.x")
    assert shown({"cookie": "\x00;=;"}) == (None, None)


def test_a_host_without_its_port() -> None:
    assert [host_name(host) for host in ("A:1", "[::1]:2", "x:99999999")] == ["a", "::1", None]
