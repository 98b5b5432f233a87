"""Cookies: which are kept, for how long, and where they are sent."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.load.http.cookies import COOKIE_BYTES_MAX, COOKIES_MAX, Cookies


class Jar:
    """Cookies of a host, and a clock that the test moves."""

    def __init__(self, host: str = "app.example.com", *, secure: bool = True) -> None:
        self.now = 1_000_000.0
        self.changes = 0
        self.cookies = Cookies(host, secure=secure, now=lambda: self.now, changed=self._changed)

    def _changed(self) -> None:
        self.changes += 1

    def sent(self, *lines: str, target: str = "/", by: str = "/") -> str:
        self.cookies.receive(list(lines), by)
        return self.cookies.header(target)


def test_what_is_set_is_sent_until_it_is_set_anew() -> None:
    jar = Jar()
    assert jar.sent("a=1", "b=2; HttpOnly; SameSite=Lax") == "a=1; b=2"
    assert jar.sent("a=3") in ("a=3; b=2", "b=2; a=3")
    assert jar.cookies.get("a") == "3"
    assert jar.cookies.get("c") is None
    jar.cookies.clear()
    assert jar.cookies.header("/") == ""


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        ('a="quoted, with; not"', 'a="quoted, with'),
        ("a=b=c==", "a=b=c=="),
        ("  a  =  b  ", "a=b"),
        ("a=", "a="),
        ("a", ""),
        ("=b", ""),
        ("", ""),
        ("a=\x01b", ""),
        ("a=caf\xe9", "a=caf\xe9"),
    ],
)
def test_a_pair_is_taken_as_it_stands(line: str, sent: str) -> None:
    assert Jar().sent(line) == sent


@pytest.mark.parametrize(
    ("path", "target", "sent"),
    [
        ("/api", "/api", True),
        ("/api", "/api/x?y=1", True),
        ("/api", "/apix", False),
        ("/api/", "/api/x", True),
        ("/api/", "/api", False),
        ("/", "/anything", True),
        ("relative", "/docs/other", True),
        ("relative", "/other", False),
        ("", "/docs/", True),
        ("", "/docs", True),
    ],
)
def test_a_cookie_is_sent_below_its_path_or_else_that_of_the_request(path: str, target: str, sent: bool) -> None:
    assert bool(Jar().sent(f"a=1; Path={path}", by="/docs/login?next=/x/y", target=target)) is sent


def test_the_longest_path_comes_first() -> None:
    assert Jar().sent("a=1; Path=/", "a=2; Path=/api", target="/api/x") == "a=2; a=1"


def test_max_age_and_expires_end_a_cookie_the_first_before_the_second() -> None:
    jar = Jar()
    later = formatdate(jar.now + 100, usegmt=True)
    jar.sent("a=1; Max-Age=10", f"b=2; Expires={later}", f"c=3; Max-Age=10; Expires={later}", "d=4; Max-Age=soon")
    assert jar.cookies.next_expiry == jar.now + 10
    jar.now += 11
    assert jar.cookies.header("/") == "b=2; d=4"
    jar.now += 100
    assert jar.cookies.header("/") == "d=4"


@pytest.mark.parametrize(
    "end",
    ["Max-Age=0", "Max-Age=-1", "Expires=Thu, 01 Jan 1970 00:00:00 GMT", "expires=Thu, 01-Jan-1970 00:00:00 GMT"],
)
def test_a_cookie_that_has_expired_is_deleted(end: str) -> None:
    jar = Jar()
    assert jar.sent("a=1") == "a=1"
    assert jar.sent(f"a=; {end}") == ""
    assert jar.cookies.get("a") is None


def test_what_has_expired_is_forgotten_and_the_next_to_expire_known() -> None:
    jar = Jar()
    jar.sent("a=1; Max-Age=10", "b=2; Max-Age=20", "c=3")
    jar.now += 10
    jar.cookies.forget_expired()
    assert (len(jar.cookies), jar.cookies.next_expiry) == (2, jar.now + 10)
    jar.now += 10
    jar.cookies.forget_expired()
    assert (len(jar.cookies), jar.cookies.next_expiry) == (1, float("inf"))


@pytest.mark.parametrize("expires", ["never", "", "Thu, 99 Foo 2030", "Thu, 01 Jan 999999 00:00:00 GMT", "0"])
def test_an_end_that_cannot_be_read_is_none(expires: str) -> None:
    assert Jar().sent(f"a=1; Expires={expires}") == "a=1"


def test_what_has_expired_is_not_told_as_a_users_cookie() -> None:
    jar = Jar()
    jar.sent("a=1; Max-Age=10")
    jar.now += 11
    assert jar.cookies.get("a") is None


@pytest.mark.parametrize(
    ("host", "domain", "kept"),
    [
        ("app.example.com", "example.com", True),
        ("app.example.com", ".Example.com", True),
        ("app.example.com", "app.example.com", True),
        ("app.example.com", "other.example.com", False),
        ("app.example.com", "ample.com", False),
        ("app.example.com", "", True),
        ("127.0.0.1", "0.0.1", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "1", False),
    ],
)
def test_a_cookie_of_another_domain_is_not_kept(host: str, domain: str, kept: bool) -> None:
    assert bool(Jar(host).sent(f"a=1; Domain={domain}")) is kept


def test_a_secure_cookie_is_kept_over_tls_only() -> None:
    assert Jar(secure=True).sent("a=1; Secure") == "a=1"
    assert Jar(secure=False).sent("a=1; Secure") == ""


def test_number_and_size_are_bounded_the_oldest_goes_first() -> None:
    jar = Jar()
    jar.sent(*(f"c{number}=1" for number in range(COOKIES_MAX + 5)))
    assert len(jar.cookies) == COOKIES_MAX
    assert jar.cookies.get("c4") is None
    assert jar.cookies.get("c5") == "1"
    jar.sent("large=" + "x" * COOKIE_BYTES_MAX)
    assert jar.cookies.get("large") is None


def test_a_scenarios_own_cookie_is_sent_everywhere_and_must_be_one() -> None:
    jar = Jar()
    jar.cookies.set("theme", "dark")
    assert jar.cookies.header("/any/where") == "theme=dark"
    for name, value in (("", "x"), ("a=b", "x"), ("a", "x;y"), ("a", "x\r\nEvil: 1"), ("a", "snow\u2603")):
        with pytest.raises(UsageError):
            jar.cookies.set(name, value)


def test_a_change_is_told_and_only_a_change() -> None:
    jar = Jar()
    jar.sent("a=1")
    jar.sent("a=1")
    assert jar.changes == 1
    jar.sent("a=2")
    assert jar.changes == 2


@given(st.lists(st.text(alphabet=st.characters(max_codepoint=255), max_size=80), max_size=4))
def test_no_set_cookie_header_is_too_odd_to_be_read(lines: list[str]) -> None:
    made = Jar().sent(*lines, *(f"a=1; Expires={line}; Max-Age={line}; Path={line}" for line in lines), target="/x/y")
    made.encode("latin-1")
    assert not {"\r", "\n", "\0"} & set(made)
