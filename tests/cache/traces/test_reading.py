"""Each form of a trace is told by its content and read as it is meant; what is none is refused with its place."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from plimsoll.cache.traces.forms import Columns
from plimsoll.cache.traces.opening import LINE_BYTES_MAX
from plimsoll.cache.traces.reading import How, ReadTrace, read_trace
from plimsoll.core.errors import UsageError

RECORDS = b"".join(
    struct.pack("<IQIq", *one) for one in ((1, 7, 100, 2), (1, 2**63, 50, -1), (2, 7, 100, -1), (9, 3, 0, 2**62))
)
NASA = (
    b'h1 - - [01/Jul/1995:00:00:01 -0400] "GET /a.gif HTTP/1.0" 200 6245\n'
    b'h2 - - [01/Jul/1995:00:00:06 -0400] "GET /b/ HTTP/1.0" 304 -\n'
    b'h1 - - [01/Jul/1995:00:00:09 -0400] "GET /a.gif" 200 6245\n'
    b'h3 - - [01/Jul/1995:00:00:09 -0400] "POST /cgi HTTP/1.0" 200 17\n'
)


def read(folder: Path, content: bytes, how: How | None = None) -> ReadTrace:
    path = folder / "trace"
    path.write_bytes(content)
    return read_trace(path, how or How())


@pytest.mark.parametrize(
    ("form", "content", "keys", "weights"),
    [
        ("keys", b"user:1\nGET /a b\n\nuser:1\r\n", [0, 1, 0], None),
        ("keys", b"a 1\nb\n", [0, 1], None),
        ("sizes", b"a 10\nb\t20\na 30", [0, 1, 0], [10, 20]),
        ("csv", b'time,Key,size\n1,"a,b",10\n2,c,20\n3,"a,b",99\n', [0, 1, 0], [10, 20]),
        ("csv", b"\xef\xbb\xbfobj_id,ttl\n5,1\n5,2\n", [0, 0], None),
        ("arc", b"64 3 0 0\n65 1 0 1\n", [0, 1, 2, 1], None),
        ("oracle-general", RECORDS, [0, 1, 0, 2], [100, 50, 0]),
        ("log", NASA, [0, 1, 0], [6245, 0]),
    ],
)
def test_a_form_is_told_by_its_content(
    tmp_path: Path, form: str, content: bytes, keys: list[int], weights: list[int] | None
) -> None:
    found = read(tmp_path, content)
    assert (found.form, found.trace.keys.tolist()) == (form, keys)
    assert (list(found.trace.weights) if found.trace.sized else None) == weights
    assert found.left_out == (1 if form == "log" else 0)
    assert not found.cut_because


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_what_is_packed_is_unpacked_whatever_its_name(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    assert read(tmp_path, pack(RECORDS)).trace.keys.tolist() == [0, 1, 0, 2]


@pytest.mark.parametrize(
    ("content", "how", "said"),
    [
        (b"", How(), "has no requests (trace): read as keys"),
        (b"a 10\nb x\n", How("sizes"), '"x" is no size (trace, line 2)'),
        (b"a 10\nb -5\n", How("sizes"), '"-5" is no size (trace, line 2)'),
        (b"a 10\n\nb\n", How("sizes"), "this line has no size (trace, line 3)"),
        (b"time,who\n1,2\n", How("csv"), "no column is known for a key (trace, line 1): it has time, who"),
        (b"key,size\n1,2\n", How("csv", Columns("nope")), "there is no column nope"),
        (b"key,size\n1,2\n", How("csv", Columns(size="nope")), "there is no column nope"),
        (b"key,size\n1,2\n\n3\n", How("csv"), "this row is too short (trace, line 4): 1 of 2 columns"),
        (b"1 2 0 0\n1 x\n", How("arc"), "no line of an ARC trace (trace, line 2)"),
        (b"1 99999999 0 0\n", How("arc"), "asks for too many blocks (trace, line 1)"),
        (b"1 " + b"9" * 5000 + b" 0 0", How("arc"), "no line of an ARC trace (trace, line 1)"),
        (b"a " + b"9" * 5000, How("sizes"), "is no size (trace, line 1)"),
        (RECORDS[:-5], How(), "ends in the middle of a record (trace): after record 3, 19 of 24 bytes are left"),
        (RECORDS[::-1], How(), "no oracleGeneral trace (trace, record"),
        (gzip.compress(b"a\n" * 9000)[:-12], How(), "compression is damaged (trace): it ends in the middle"),
        (b"\x28\xb5\x2f\xfdnonsense", How(), "compression is damaged"),
        (b"a\n" + b"x" * (LINE_BYTES_MAX + 1), How(), "too long for a trace (trace, line 2)"),
    ],
)
def test_what_is_no_trace_is_refused_with_its_place(tmp_path: Path, content: bytes, how: How, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(tmp_path, content, how)
    assert said in str(refused.value).replace(str(tmp_path) + "/", "")


def test_a_missing_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such trace"):
        read_trace(tmp_path / "none", How())
    with pytest.raises(UsageError, match="a directory, not a trace"):
        read_trace(tmp_path, How())


def test_reading_stops_at_its_bounds_and_says_so(tmp_path: Path) -> None:
    content = b"".join(b"%d\n" % (number % 10) for number in range(100))
    cut = read(tmp_path, content, How(requests_max=50))
    assert (len(cut.trace), cut.cut_because) == (50, "more than 50 requests")
    cut = read(tmp_path, content, How(keys_max=4))
    assert (len(cut.trace), cut.trace.unique, cut.cut_because) == (4, 4, "more than 4 keys")
    assert not read(tmp_path, content, How(requests_max=100, keys_max=10)).cut_because


def test_a_sample_has_all_requests_of_its_keys_and_stands_for_its_share(tmp_path: Path) -> None:
    content = b"".join(b"key %d 8\n" % (number % 100) for number in range(1_000))
    whole, half = (read(tmp_path, content, How("sizes", sample=share)) for share in (1.0, 0.5))
    assert len(half.trace) == 10 * half.trace.unique
    assert 30 < half.trace.unique < 70
    assert half.trace.asked == pytest.approx((500, 4_000))
    assert whole.trace.asked == pytest.approx((1_000, 8_000))


def test_long_keys_are_told_apart(tmp_path: Path) -> None:
    content = b"\n".join(b"x" * 500 + b"%d" % (number % 3) for number in range(6))
    assert read(tmp_path, content).trace.keys.tolist() == [0, 1, 2, 0, 1, 2]
