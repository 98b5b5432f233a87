"""Different requests never share what is stored; the same one does, however it is spelled (RFC 9110, 4.2.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.edge import keys
from plimsoll.edge.http.message import Request
from tests.edge.exchange import get

RAW = st.binary(max_size=12) | st.sampled_from([b"/", b"/a", b"/a0:", b"1:/", b"/a?", b"", b"x=1", b"3:a/b"])
HOSTS = st.sampled_from([b"a", b"a:80", b"a:443", b"a:8", b"a.b", b"a.b:80", b"a-b", b"1.2.3.4", b"b", b"ab"])


def request(scheme: bytes, host: bytes, path: bytes, query: bytes) -> Request:
    return Request("GET", scheme, host, path, query, ())


URIS = st.builds(request, st.sampled_from([b"http", b"https"]), HOSTS, RAW, RAW)


def parts(one: Request) -> tuple[bytes, ...]:
    port = {b"http": b":80", b"https": b":443"}[one.scheme]
    return one.scheme, one.host.removesuffix(port), one.path, one.query


@given(URIS, URIS)
def test_different_uris_have_different_keys(one: Request, other: Request) -> None:
    assert keys.primary(one) is not None
    assert (keys.primary(one) == keys.primary(other)) is (parts(one) == parts(other))


@given(URIS, URIS)
def test_an_origin_is_the_beginning_of_its_own_keys_alone(one: Request, other: Request) -> None:
    begins = (keys.primary(one) or b"").startswith(keys.origin(other) or b"none")
    assert begins is (parts(one)[:2] == parts(other)[:2])


@pytest.mark.parametrize(
    "host", ["example.com", "EXAMPLE.com", "example.com.", "example.com:443", "Example.Com.:0443", "example.com:"]
)
def test_a_host_has_one_key_however_it_is_spelled(host: str) -> None:
    assert keys.primary(get(host=host)) == keys.primary(get(host="example.com"))


@pytest.mark.parametrize("host", ["example.com:80", "example.com:4430", "example.com..", "www.example.com", "[::1]"])
def test_another_host_has_another_key(host: str) -> None:
    assert keys.primary(get(host=host)) not in (None, keys.primary(get(host="example.com")))


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "a b",
        "a/b",
        "a@b",
        "a,b",
        "a:b",
        "a:1:2",
        "a:123456",
        "é",
        "a\n",
        "a" * 301,
        "[::1",
        "-a",
        "a%2Fb",
        ":80",
    ],
)
def test_what_is_no_host_has_no_key(host: str) -> None:
    assert keys.primary(Request("GET", b"https", host.encode(), b"/", b"", ())) is None


def test_a_path_is_as_it_was_sent() -> None:
    paths = ["/a", "/A", "/a/", "//a", "/./a", "/%61", "/a%2F", "/a%2f", "/a;x", "/a\x00"]
    assert len({keys.primary(get(path=path)) for path in paths}) == len(paths)


@given(st.lists(st.tuples(st.sampled_from([b"a", b"b", b"user-agent"]), st.binary(max_size=6)), max_size=3), st.data())
def test_second_keys_differ_where_values_do(lines: list[tuple[bytes, bytes]], data: st.DataObject) -> None:
    """By the field whose blanks and commas have no meaning that is known."""
    other = data.draw(st.lists(st.tuples(st.sampled_from([b"a", b"user-agent"]), st.binary(max_size=6)), max_size=3))
    vary = (b"user-agent",)
    one, two = (
        [value.replace(b"\n", b"") for name, value in fields if name == b"user-agent"] for fields in (lines, other)
    )
    first = Request("GET", b"https", b"x", b"/", b"", [(b"user-agent", value) for value in one])
    then = Request("GET", b"https", b"x", b"/", b"", [(b"user-agent", value) for value in two])
    assert (keys.second(first, vary) == keys.second(then, vary)) is (one == two)


VALUES = st.text("ab1:-", max_size=5).map(str.encode)


@given(st.dictionaries(st.sampled_from([b"a", b"b", b"ab"]), VALUES), st.data())
def test_a_value_cannot_pass_for_another_field(fields: dict[bytes, bytes], data: st.DataObject) -> None:
    other = data.draw(st.dictionaries(st.sampled_from([b"a", b"b", b"ab"]), VALUES))
    vary = (b"a", b"ab", b"b")
    one, two = (Request("GET", b"https", b"x", b"/", b"", list(lines.items())) for lines in (fields, other))
    assert (keys.second(one, vary) == keys.second(two, vary)) is (fields == other)


def test_a_long_value_counts_whole_and_takes_little_room() -> None:
    one, two = (get("Foo: " + "x" * 9_000 + end) for end in ("a", "b"))
    assert keys.second(one, (b"foo",)) != keys.second(two, (b"foo",))
    assert len(keys.second(one, (b"foo",))) < 50
    assert keys.second(get("Foo: " + '"\\' * 30_000), (b"foo",))


@pytest.mark.parametrize(
    ("value", "codings"),
    [
        (None, b""),
        (b"", b""),
        (b"gzip", b"gzip"),
        (b"x-gzip", b"gzip"),
        (b"GZIP;Q=1, br", b"br, gzip"),
        (b"zstd, br, gzip, deflate", b"zstd, br, gzip"),
        (b"gzip;q=0", b""),
        (b"gzip;q=0.0, br;q=0.001", b"br"),
        (b"*", b"zstd, br, gzip"),
        (b"*;q=0, br", b"br"),
        (b"*, br;q=0", b"zstd, gzip"),
        (b"identity, gzip;q=x", b""),
        (b"gzip;q=2", b""),
        (b"br" + b"," * 2_000, b""),
    ],
)
def test_of_accept_encoding_only_what_we_know_counts(value: bytes | None, codings: bytes) -> None:
    assert keys.accepted(value) == codings


def test_the_origin_is_asked_for_what_all_who_share_the_key_can_read() -> None:
    fields = get("A: 1", "Accept-Encoding: compress", "Accept-Encoding: GZIP;q=0.5", "B: 2").fields
    assert keys.forwarded(fields) == [(b"a", b"1"), (b"b", b"2"), (b"accept-encoding", b"gzip")]
    assert keys.forwarded(get("Accept-Encoding: compress").fields) == []
