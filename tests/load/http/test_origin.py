"""Where requests go: `--url`, paths below it, and redirects that may not lead away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.load.http.origin import URL_CHARACTERS_MAX, Origin, encoded, parse_origin

SITE = parse_origin("https://app.example.com/base")


@pytest.mark.parametrize(
    ("url", "origin", "authority"),
    [
        ("http://127.0.0.1:8000", Origin("http", "127.0.0.1", 8000), "127.0.0.1:8000"),
        ("http://localhost", Origin("http", "localhost", 80), "localhost"),
        ("https://App.Example.com:443/", Origin("https", "app.example.com", 443), "app.example.com"),
        ("http://app:443", Origin("http", "app", 443), "app:443"),
        ("https://app/a/b/", Origin("https", "app", 443, "/a/b"), "app"),
        ("http://[::1]:8000", Origin("http", "::1", 8000), "[::1]:8000"),
        ("http://[2001:DB8::1]", Origin("http", "2001:db8::1", 80), "[2001:db8::1]"),
        ("http://b\u00fccher.example", Origin("http", "xn--bcher-kva.example", 80), "xn--bcher-kva.example"),
        (" http://app/\u00fcb er ", Origin("http", "app", 80, "/%C3%BCb%20er"), "app"),
    ],
)
def test_a_url_is_read(url: str, origin: Origin, authority: str) -> None:
    made = parse_origin(url)
    assert made == origin
    assert made.authority == authority


@pytest.mark.parametrize(
    "url",
    [
        "", "app.example.com", "ftp://app", "http://", "http://:80", "http://app:port", "http://app:99999", "http://[::1",
        "http://user:secret@app", "http://app/?q=1", "http://app/#top", "http://app:0", "http://a b", "http://a..b",
        "http://" + "a" * 64 + ".example", "http://app\\evil", "http://a%20b", "http://a\x00b",
    ],
)  # fmt: skip
def test_what_is_no_url_of_a_site_is_refused_without_showing_a_password(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_origin(url)
    assert "secret" not in f"{caught.value} {caught.value.remedy}"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/", "/base/"),
        ("/api/projects?limit=20&x=a%20b", "/base/api/projects?limit=20&x=a%20b"),
        ("/\u00fcber uns", "/base/%C3%BCber%20uns"),
        ("/a\r\nEvil: 1", "/base/a%0D%0AEvil:%201"),
        ('/"<>\\^`{|}', "/base/%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("/page#part", "/base/page"),
        ("//evil.example.com/x", "/base//evil.example.com/x"),
        ("https://app.example.com/other?x=1#y", "/other?x=1"),
        ("https://app.example.com:443", "/"),
    ],
)
def test_a_path_becomes_a_target_below_the_base(path: str, target: str) -> None:
    assert SITE.target(path) == target


@pytest.mark.parametrize(
    "path",
    ["", "api", "?x=1", "http://app.example.com/x", "https://evil.example.com/", "https://app.example.com:8443/"],
)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(UsageError):
        SITE.target(path)


def test_a_path_without_end_is_refused() -> None:
    with pytest.raises(UsageError):
        SITE.target("/" + "\u00fc" * URL_CHARACTERS_MAX)
    with pytest.raises(UsageError):
        SITE.target("/" + "u" * URL_CHARACTERS_MAX)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/login", "/login"),
        ("next?x=1#part", "/base/a/next?x=1"),
        ("../up", "/base/up"),
        ("?page=2", "/base/a/b?page=2"),
        ("", "/base/a/b?q=1"),
        ("https://app.example.com/there", "/there"),
        ("HTTPS://APP.EXAMPLE.COM/there", "/there"),
        ("//app.example.com/there", "/there"),
        ("/caf\xc3\xa9 1", "/caf%C3%A9%201"),
        ("/caf%C3%A9", "/caf%C3%A9"),
        ("http://app.example.com/there", None),
        ("https://evil.example.com/", None),
        ("//evil.example.com/", None),
        ("https://app.example.com:8443/", None),
        ("https://app.example.com@evil.example.com/", None),
        ("https://[bad/", None),
        ("https://app:port/", None),
        ("mailto:a@b.c", None),
        ("javascript:alert(1)", None),
        ("/" + "x" * URL_CHARACTERS_MAX, None),
    ],
)
def test_a_redirect_is_followed_within_the_origin_only(location: str, target: str | None) -> None:
    assert SITE.redirected("/base/a/b?q=1", location) == target


@given(st.text(alphabet=st.characters(max_codepoint=255), max_size=80))
def test_no_location_is_too_odd_to_be_judged(location: str) -> None:
    for given_ in (location, f"//{location}", f"https://{location}", f"/{location}"):
        target = SITE.redirected("/base/a", given_)
        assert target is None or (target.isascii() and target.startswith("/") and not set(target) & set(" \r\n#"))


@given(st.text(max_size=60))
def test_an_encoded_path_is_a_word_and_is_not_encoded_again(path: str) -> None:
    try:
        made = encoded("/" + path)
    except UnicodeEncodeError:
        raise AssertionError("a path that cannot be encoded") from None
    assert made.isascii()
    assert not set(made) & set(" \r\n\t\0#")
    assert encoded(made) == made
