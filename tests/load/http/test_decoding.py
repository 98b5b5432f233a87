"""Content codings: undone, one upon another, broken ones refused, and none let grow without bound."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.load.http import decoding
from plimsoll.load.http.decoding import decoded
from plimsoll.load.http.failures import HttpFailure

TEXT = b"hello, hello, hello " * 50


def raw_deflate(content: bytes) -> bytes:
    made = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return made.compress(content) + made.flush()


CODINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("GZip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("br", brotli.compress),
    ("zstd", zstandard.compress),
]


def refusal(body: bytes, coding: str) -> str:
    with pytest.raises(HttpFailure) as caught:
        decoded(body, coding)
    return caught.value.error_class


@pytest.mark.parametrize(("coding", "encode"), CODINGS)
@pytest.mark.parametrize("content", [b"", b"x", TEXT, bytes(300_000)])
def test_each_coding_is_undone(coding: str, encode: Callable[[bytes], bytes], content: bytes) -> None:
    assert decoded(encode(content), coding) == content


def test_none_and_identity_leave_the_body_as_it_is() -> None:
    assert decoded(TEXT, "") == decoded(TEXT, "identity") == decoded(TEXT, " , Identity") == TEXT


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, br"])
def test_a_body_that_is_not_there_needs_no_decoding(coding: str) -> None:
    assert decoded(b"", coding) == b""


def test_codings_upon_each_other_are_undone_in_the_opposite_order() -> None:
    assert decoded(brotli.compress(gzip.compress(TEXT)), "gzip, br") == TEXT
    assert decoded(gzip.compress(zlib.compress(zstandard.compress(TEXT))), "zstd, deflate, gzip") == TEXT
    assert refusal(TEXT, "gzip, gzip, gzip, gzip") == "protocol: too many content codings"


def test_members_and_frames_one_after_another_are_one_body() -> None:
    assert decoded(gzip.compress(b"one") + gzip.compress(b"two"), "gzip") == b"onetwo"
    assert decoded(zstandard.compress(b"one") + zstandard.compress(b"two"), "zstd") == b"onetwo"
    streamed = zstandard.ZstdCompressor().compressobj()  # without its size in the head
    assert decoded(streamed.compress(TEXT) + streamed.flush(), "zstd") == TEXT


def test_a_coding_that_nobody_knows_is_named() -> None:
    assert refusal(TEXT, "compress") == "protocol: unknown content coding"


@pytest.mark.parametrize(("coding", "encode"), CODINGS)
def test_a_truncated_body_is_refused_wherever_it_ends(coding: str, encode: Callable[[bytes], bytes]) -> None:
    whole = encode(TEXT)
    for end in range(1, len(whole)):
        assert refusal(whole[:end], coding) == f"protocol: broken {coding.lower()} body", end


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_what_is_not_coded_at_all_is_refused(coding: str) -> None:
    assert refusal(b"<html>no such thing</html>", coding) == f"protocol: broken {coding} body"


@given(st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, zstd"]), st.binary(min_size=1, max_size=100))
def test_nothing_but_a_failure_of_ours_comes_of_any_bytes(coding: str, body: bytes) -> None:
    for whole in (body, gzip.compress(TEXT)[:10] + body, zstandard.compress(TEXT)[:6] + body):
        with suppress(HttpFailure):
            decoded(whole, coding)


@pytest.mark.parametrize(("coding", "encode"), [*CODINGS[:1], *CODINGS[3:]])
def test_a_bomb_is_given_up_at_the_bound(
    coding: str, encode: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "DECODED_BYTES_MAX", 1_000_000)
    assert len(decoded(encode(bytes(1_000_000)), coding)) == 1_000_000
    assert refusal(encode(bytes(1_000_001)), coding) == "protocol: decompressed body too large"


@pytest.mark.parametrize(("coding", "encode"), [CODINGS[0], CODINGS[6]])
def test_a_bomb_does_not_fill_the_memory_before_it_is_given_up(
    coding: str, encode: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "DECODED_BYTES_MAX", 1_000_000)
    bomb = encode(bytes(64_000_000))
    tracemalloc.start()
    try:
        assert refusal(bomb, coding) == "protocol: decompressed body too large"
        assert tracemalloc.get_traced_memory()[1] < 40_000_000  # a piece, twice: as it comes out, and added
    finally:
        tracemalloc.stop()


def test_members_without_number_are_given_up() -> None:
    assert refusal(gzip.compress(b"") * 50_000, "gzip") == "protocol: broken gzip body"
