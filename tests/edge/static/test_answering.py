"""What a request's fields make of a file, whatever is in them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.edge.static.answering import answer
from plimsoll.edge.static.building import build
from plimsoll.edge.static.opening import folder_at
from plimsoll.edge.static.policy import Policy
from plimsoll.edge.static.prepared import Prepared, prepare

NOW_S = 1_800_000_000.0
NAMES = [
    b"accept-encoding", b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since", b"range",
    b"if-range", b"host",
]  # fmt: skip
LIKELY = [
    b"gzip", b"br;q=0.5", b"*", b'"x"', b'W/"x"', b"bytes=0-", b"bytes=5-2", b"bytes=-7", b"bytes=0-0,5-6", b"", b",",
    b"bytes=99999999999999999999-", b"Tue, 14 Nov 2023 22:13:20 GMT", b"Thu, 01 Jan 1970 00:00:00 GMT",
]  # fmt: skip
VALUES = st.sampled_from(LIKELY) | st.binary(max_size=30)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    root = tmp_path_factory.mktemp("site")
    (root / "a.js").write_text("let a = 1\n" * 200)
    build(root, ("br", "gzip"), lambda _: None)
    ready = prepare(folder_at(root), "/a.js", "a.js", Policy(), NOW_S)
    assert ready is not None
    return ready


@given(asked=st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=8))
def test_any_fields_are_answered_and_lengths_are_true(prepared: Prepared, asked: list[tuple[bytes, bytes]]) -> None:
    said = answer(prepared, asked, NOW_S)
    fields = dict(said.fields)
    assert len(fields) == len(said.fields)
    assert fields[b"vary"] == b"accept-encoding"
    if said.status in (200, 206):
        assert said.form is not None
        assert said.form in prepared.forms.values()
        assert fields[b"etag"] == said.form.etag
        assert int(fields[b"content-length"]) == said.stop - said.start
    elif said.status == 304:
        assert b"content-length" not in fields
    else:
        assert said.status in (412, 416)
        assert int(fields[b"content-length"]) == len(said.text)
        assert fields[b"cache-control"] == b"no-store"
    if said.status == 206:
        told = re.fullmatch(rb"bytes (\d+)-(\d+)/(\d+)", fields[b"content-range"])
        assert told is not None
        assert said.form is not None
        assert [int(one) for one in told.groups()] == [said.start, said.stop - 1, said.form.size]
        assert 0 <= said.start < said.stop <= said.form.size


@given(start=st.integers(0, 2_500), end=st.integers(0, 2_500))
def test_a_range_is_the_bytes_it_names(prepared: Prepared, start: int, end: int) -> None:
    said = answer(prepared, [(b"range", b"bytes=%d-%d" % (start, end))], NOW_S)
    size = prepared.forms[""].size
    if end < start:
        assert (said.status, said.start, said.stop) == (200, 0, size)
    elif start >= size:
        assert said.status == 416
    else:
        assert (said.status, said.start, said.stop) == (206, start, min(end + 1, size))


def test_repeated_fields_are_one(prepared: Prepared) -> None:
    etag = prepared.forms["gzip"].etag
    asked = [(b"accept-encoding", b"deflate"), (b"accept-encoding", b"gzip")]
    assert answer(prepared, [*asked, (b"if-none-match", b'"x"'), (b"if-none-match", etag)], NOW_S).status == 304
