"""HAR files of every maker, and files that are none."""

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.load.importers.har import reading
from plimsoll.load.importers.har.importing import import_har
from plimsoll.load.importers.har.parsing import recording_of
from tests.load.importers.har.making import entry, har, imported, page, written

UUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "visit.har"
    path.write_text(json.dumps(har(page("/é"))), encoding=encoding)
    assert import_har(path).steps == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b'{"log": {"entries": [{"request": {"met', "it breaks off in the middle"),
        (b'{"log": {"entries": [', "it breaks off in the middle"),
        (b"<html>", "it is not JSON: Expecting value"),
        (b"\xff\x00\x9f", "it is not text in UTF-8"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"log": {}}', "it has no log"),
        (b'{"log": {"version": "1.2"}}', "it has no log.entries"),
        (b"[1, 2]", "it has no log"),
        (b'{"log": {"entries": []}}', "no HTTP request is in it"),
        (b'{"log": {"entries": [{}, 1, null]}}', "no HTTP request is in it"),
    ],
)
def test_a_file_that_is_none_is_refused_with_the_reason(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "visit.har"
    path.write_bytes(content)
    with pytest.raises(UsageError) as refused:
        import_har(path)
    assert refused.value.why == why
    assert refused.value.where.startswith(str(path))
    assert refused.value.remedy


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.har", tmp_path):
        with pytest.raises(UsageError, match="cannot read"):
            import_har(path)


def test_bodies_beside_the_file_and_in_an_archive_are_read(tmp_path: Path) -> None:
    created = entry("POST", "/projects")
    created["response"]["content"]["_file"] = "body.json"
    visit = written(tmp_path, created, entry("GET", f"/projects/{UUID}"))
    body = tmp_path / "body.json"
    body.write_text(json.dumps({"id": UUID}))
    assert import_har(visit).variables == 1
    archive = tmp_path / "visit.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(visit, "trace/har.har")
        packed.write(body, "trace/body.json")
    assert import_har(archive).variables == 1
    body.unlink()
    assert import_har(visit).variables == 0


def test_a_gzipped_file_is_read_and_one_that_is_too_large_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = written(tmp_path, page("/"))
    packed = tmp_path / "visit.har.gz"
    packed.write_bytes(gzip.compress(visit.read_bytes()))
    assert import_har(packed).steps == 1
    monkeypatch.setattr(reading, "FILE_BYTES_MAX", 100)
    for path in (visit, packed):
        with pytest.raises(UsageError, match=r"too large .*: at most 100 B are read"):
            import_har(path)


def test_a_body_in_another_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "body.json").write_text(json.dumps({"id": UUID}))
    inside = tmp_path / "inside"
    inside.mkdir()
    created = entry("POST", "/projects")
    created["response"]["content"]["_file"] = "../body.json"
    assert import_har(written(inside, created, entry("GET", f"/projects/{UUID}"))).variables == 0


def test_an_archive_without_a_recording_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "visit.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("readme.txt", "none")
    with pytest.raises(UsageError, match="the archive holds none"):
        import_har(archive)


@pytest.mark.parametrize(
    "time",
    ["2025-03-04T09:00:00.1234567Z", "2025-03-04T10:00:00+01:00", "2025-03-04T09:00:00", 1741078800000, "soon", None],
)
def test_times_of_any_precision_are_read_and_others_cost_the_order_only(time: Any) -> None:
    first = page("/a")
    first["startedDateTime"] = time
    read = recording_of(har(first), "visit.har").exchanges[0].started
    assert read is None if time in ("soon", None) else int(read or 0) == 1_741_078_800


def test_a_query_that_is_told_apart_only_belongs_to_the_address() -> None:
    told = {
        "url": "https://shop.example.com/x",
        "queryString": [{"name": "a b", "value": "1&2"}, {"name": "c", "value": "%C3%A9"}],
    }
    assert recording_of(har({"request": told}), "visit.har").exchanges[0].query == "a+b=1%262&c=%C3%A9"


def test_half_a_character_and_what_cannot_be_printed_make_no_broken_scenario() -> None:
    made = imported(entry("GET", "/a\ud800?b=1"), log={"creator": {"name": "A\0B", "version": "1"}})
    assert '"/a%EF%BF%BD%EF%BF%BD%EF%BF%BD", params={"b": "1"})' in made.text
    assert "\0" not in made.text


def test_an_entry_may_lack_nearly_everything() -> None:
    odd: list[Any] = [
        {"request": {"url": "https://shop.example.com"}},
        {"request": {"url": "https://shop.example.com/x", "headers": {"X-A": "1"}, "postData": []}, "response": None},
        {"request": {"url": "https://shop.example.com/x", "bodySize": "many", "headers": None}, "time": "1e999"},
        {"request": {"url": "https://[broken/"}, "response": {"status": "200"}},
    ]
    read = recording_of(har(*odd, pages=[None, {"id": 1}]), "visit.har")
    assert [(each.method, each.path, each.status) for each in read.exchanges] == [
        ("GET", "/", 0), ("GET", "/x", 0), ("GET", "/x", 0),
    ]  # fmt: skip
    assert read.exchanges[1].headers == (("X-A", "1"),)
    assert read.broken == ((4, "no URL that can be read"),)
