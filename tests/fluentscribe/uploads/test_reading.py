"""Units as rows, batch by batch, and one batch ahead."""

import asyncio
import json
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from fluentscribe.formats.values import Header, Refused, Tag, Text, Unit
from fluentscribe.uploads.ahead import OneAhead
from fluentscribe.uploads.reading import COLUMNS, Source, batches, check_languages
from fluentscribe.uploads.taking import plain


def unit(seq: int, source: str = "A file", *tags: Tag) -> Unit:
    return Unit(seq, f"id.{seq}", Text(source, tags), Text("Eine Datei"), "translated")


def check(found: tuple[str | None, str | None], wanted: tuple[str, str]) -> None:
    check_languages(Header("tmx", *found), Source(Path("f"), "f", *wanted))


def test_batches_end_by_number_and_by_size_and_count_their_words() -> None:
    many = list(batches((unit(n) for n in range(1, 2_502)), "en"))
    assert [len(batch.rows) for batch in many] == [1_000, 1_000, 501]
    assert [batch.words for batch in many] == [2_000, 2_000, 1_002]
    long = list(batches((unit(n, "word " * 80_000) for n in range(1, 6)), "en"))
    assert [len(batch.rows) for batch in long] == [3, 2]


def test_a_row_keeps_all_that_the_file_says_of_a_unit() -> None:
    tag = Tag(2, "open", "g", "1", '<g id="1">')
    (batch,) = batches([unit(7, "A file", tag)], "en")
    row = dict(zip(COLUMNS, batch.rows[0], strict=True))
    assert json.loads(row.pop("source_tags")) == [[2, "open", "g", "1", '<g id="1">']]
    assert row == {
        "seq": 7,
        "unit_id": "id.7",
        "source": "A file",
        "target": "Eine Datei",
        "state": "translated",
        "note": None,
        "length_max": None,
        "locked": False,
        "target_tags": None,
    }


def test_languages_go_together_with_and_without_their_region() -> None:
    for found in (("en-US", "de"), ("EN_us", "de-DE"), (None, None)):
        check(found, ("en", "de"))
    for found, wanted in (
        (("fr", "de"), ("en", "de")),
        (("en", "fr"), ("en", "de")),
        (("en-GB", "de"), ("en-US", "de")),
    ):
        with pytest.raises(Refused, match="the project"):
            check(found, wanted)


def test_a_reason_is_text_whatever_the_file_had() -> None:
    assert plain("a\0b\ud800" + "c" * 2_000) == "a�b?" + "c" * 996


def test_work_is_one_step_ahead_in_a_thread_of_its_own_and_ends_with_its_taker() -> None:
    made: list[int] = []
    threads: set[int] = set()

    def parts() -> Generator[int, None, None]:
        try:
            for number in range(100):
                threads.add(threading.get_ident())
                made.append(number)
                yield number
        finally:
            made.append(-1)

    async def take(few: int) -> None:
        async with OneAhead(parts()) as coming:
            async for number in coming:
                if number == few:
                    raise Refused("enough", "no more is wanted")

    with pytest.raises(Refused):
        asyncio.run(take(3))
    assert made == [0, 1, 2, 3, 4, -1]
    assert len(threads) == 1
    assert threading.get_ident() not in threads
