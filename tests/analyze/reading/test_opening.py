"""Packed files: unpacked by content, salvaged where they are cut off, bounded where they explode."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from plimsoll.analyze.reading.blocks import LINE_BYTES_MAX
from plimsoll.analyze.reading.opening import open_bytes
from tests.analyze.reading.writing import csv_text, measured, rows, xml_sample, xml_text

SMALL = csv_text(rows(300)).encode()


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_packed_files_are_known_by_their_content(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    assert measured(tmp_path, pack(SMALL), "no-suffix").requests == 300
    assert measured(tmp_path, pack(xml_text(xml_sample()).encode()), "x.csv").kind == "jtl-xml"


def test_runs_appended_as_gzip_members_are_read_one_after_another(tmp_path: Path) -> None:
    assert measured(tmp_path, gzip.compress(SMALL) + gzip.compress(SMALL)).requests == 600


def test_a_gzip_file_that_was_cut_off_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    whole = csv_text([one | {"label": f"item {at * 7919 % 1000}"} for at, one in enumerate(rows(5000))]).encode()
    packed = gzip.compress(whole)
    found = measured(tmp_path, packed[: len(packed) // 2])
    assert 1000 < found.requests < 4000
    assert "ends in the middle" in found.told.cut_short_because


def test_damaged_compression_ends_reading_with_a_reason(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(SMALL + SMALL, mtime=0))
    packed[-8:-4] = b"\xff\xff\xff\xff"  # the checksum
    found = measured(tmp_path, bytes(packed))
    assert found.requests == 600
    assert "compression is damaged" in found.told.cut_short_because


def test_a_bomb_stops_at_the_bound() -> None:
    bomb = gzip.compress(bytes(64 << 20))
    opened = open_bytes(io.BytesIO(bomb), unpacked_max=16 << 20)
    assert sum(map(len, opened.pieces)) <= 16 << 20
    assert "unpacks to more than" in opened.ending.cut_short_because


def test_an_endless_line_is_left_out_and_what_follows_is_read(tmp_path: Path) -> None:
    head, _, body = csv_text(rows(5)).partition("\n")
    found = measured(tmp_path, f"{head}\n{body}{'x' * (20 * LINE_BYTES_MAX)}\n{body}")
    assert (found.requests, found.told.left_out.rows) == (10, 1)
