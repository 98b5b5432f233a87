"""Recorded bodies as Python values."""

import base64
from pathlib import Path
from random import Random
from typing import Any

import pytest

from plimsoll.load.http.origin import parse_origin
from plimsoll.load.http.request import make_request
from tests.load.importers.har.making import body, entry, imported

FORM = "application/x-www-form-urlencoded"
PARTS = (
    '--xYz\r\nContent-Disposition: form-data; name="title"\r\n\r\nMy file\r\n'
    '--xYz\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
    "a,b\r\n1,2\r\n--xYz--\r\n"
)


def said(post: dict[str, Any], **more: Any) -> str:
    return body(entry("POST", "/x", post=post, **more))


def arguments(text: str, **post: Any) -> str:
    """What the call says behind its path, on one line."""
    line = " ".join(said({"text": text, **post}).split()).replace("( ", "(").replace(", )", ")")
    return line.removeprefix('await user.http("POST /x", "POST", "/x", ').removesuffix(")")


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ('{"a": [1, 2.5, null, true], "b": "é"}', 'json={"a": [1, 2.5, None, True], "b": "é"}'),
        ("null", "json=None"),
        ("{broken", 'content="{broken", headers={"Content-Type": "application/json"}'),
        ('{"a": 1e999}', """content='{"a": 1e999}', headers={"Content-Type": "application/json"}"""),
        ('{"a": NaN}', """content='{"a": NaN}', headers={"Content-Type": "application/json"}"""),
    ],
)
def test_json_is_a_value_and_what_is_broken_a_text(text: str, argument: str) -> None:
    assert arguments(text, mimeType="application/json") == argument


@pytest.mark.parametrize("kind", ["text/plain;charset=UTF-8", "application/merge-patch+json"])
def test_json_under_another_type_keeps_that(kind: str) -> None:
    assert arguments('{"a": 1}', mimeType=kind) == f'json={{"a": 1}}, headers={{"Content-Type": "{kind}"}}'


@pytest.mark.parametrize(
    "text", ["a=1&b=x+y&b=z%26", f"Content-Type: {FORM}\r\nContent-Length: 3\r\n\r\na=1&b=x+y&b=z%26"]
)
def test_a_form_is_its_fields(text: str) -> None:
    assert arguments(text, mimeType=FORM) == 'form={"a": "1", "b": ["x y", "z&"]}'


def test_json_in_base64_or_under_the_name_of_a_form_is_json() -> None:
    wrapped = base64.b64encode(b'{"a": 1}').decode()
    assert arguments(wrapped, mimeType="application/json") == 'json={"a": 1}'
    named = f'json={{"a": "b=c"}}, headers={{"Content-Type": "{FORM}"}}'
    assert arguments('{"a": "b=c"}', mimeType=FORM) == named
    assert named.partition(",")[0] in said({"mimeType": FORM, "params": [{"name": '{"a": "b=c"}', "value": ""}]})


def test_a_form_without_its_text_is_its_parameters() -> None:
    assert 'form={"a": "1"})' in said({"mimeType": FORM, "params": [{"name": "a", "value": "1"}]})


def test_another_body_is_its_text_or_its_bytes_and_its_type() -> None:
    assert arguments("<a>1</a>", mimeType="text/xml") == 'content="<a>1</a>", headers={"Content-Type": "text/xml"}'
    kept = {"encoding": "base64", "mimeType": "application/pdf"}
    for content, written in ((b"a,1", '"a,1"'), (b"\0\1", r'b"\x00\x01"')):
        text = base64.b64encode(content).decode()
        assert arguments(text, **kept) == f'content={written}, headers={{"Content-Type": "application/pdf"}}'


def test_a_form_in_parts_is_fields_and_files() -> None:
    wanted = ['form={"title": "My file"},', 'files={"file": ("a.csv", "a,b\\r\\n1,2", "text/csv")},']
    recorded = {"mimeType": "multipart/form-data; boundary=xYz", "text": PARTS}
    assert [line.strip() for line in said(recorded).splitlines()[-3:-1]] == wanted
    assert [line.strip() for line in said({"mimeType": "", "text": PARTS}).splitlines()[-3:-1]] == wanted


def test_json_that_is_nested_too_deeply_stays_a_text() -> None:
    assert "content=" in said({"mimeType": "application/json", "text": "[" * 60 + "]" * 60})


def test_utf_8_that_was_taken_for_latin_1_is_mended() -> None:
    assert arguments("größer".encode().decode("latin-1"), mimeType="text/csv").startswith('content="größer"')
    assert arguments("größer", mimeType="text/csv").startswith('content="größer"')


def test_a_file_that_was_not_recorded_has_a_stand_in_and_a_note() -> None:
    params = [{"name": "file", "fileName": "C:\\docs\\a.pdf", "contentType": "application/pdf"}]
    made = imported(entry("POST", "/x", post={"mimeType": "multipart/form-data", "params": params}))
    assert '"file": ("a.pdf", "the content of a file that is not in the recording", "application/pdf")' in made.text
    assert any(note.startswith("Files sent are written here") for note in made.notes)


def test_a_body_that_is_missing_or_too_large_is_said_at_its_step_and_in_the_notes() -> None:
    missing = entry("POST", "/a", headers={"Content-Length": "55", "Content-Type": FORM})
    large = entry("POST", "/b", post={"mimeType": "application/json", "text": '"' + "x" * 100_000 + '"'})
    made = imported(missing, large)
    assert "# Its body of 55 bytes is not in the recording: give it with json=, form= or content=." in made.text
    assert "# Its body of 100,002 characters is too large for a scenario: give it with content=." in made.text
    assert "Bodies to be given, which are not in the recording or too large for a scenario: 2." in made.notes
    assert len(made.text) < 5_000


def test_bodies_are_too_much_for_one_file_at_some_point() -> None:
    long, short = {"a": "x" * 60_000}, {"a": 1}
    made = imported(
        *(entry("POST", "/x", at=at, json_body=long) for at in range(20)), entry("POST", "/y", at=30, json_body=short)
    )
    assert "Bodies to be given, which are not in the recording or too large for a scenario: 12." in made.notes
    assert 'json={"a": 1}' in made.text


def test_long_values_are_laid_out_below_each_other() -> None:
    lines = said(
        {"mimeType": "application/json", "text": '{"words": "' + "many words " * 20 + '", "n": [1]}'}
    ).splitlines()
    assert lines[0] == "await user.http("
    assert max(map(len, lines)) <= 110
    assert '        "words": (' in lines


def test_a_form_in_parts_without_a_file_is_sent_in_parts_too() -> None:
    params = [{"name": "only", "value": "field"}]
    said_so = said({"mimeType": "multipart/form-data; boundary=x", "params": params})
    assert said_so == 'await user.http("POST /x", "POST", "/x", form={"only": "field"}, files={})'
    origin = parse_origin("http://127.0.0.1:1")
    request = make_request(origin, "POST", "/x", {"form": {"only": "field"}, "files": {}}, Random(1), Path())
    assert request.body is not None
    assert request.body.content_type.startswith("multipart/form-data; boundary=")


def test_several_files_of_one_field_are_pairs() -> None:
    params = [{"name": "f", "fileName": name, "contentType": "text/csv", "value": "1"} for name in ("a.csv", "b.csv")]
    wanted = '("f", ("a.csv", "1", "text/csv")), ("f", ("b.csv", "1", "text/csv"))'
    assert f"[{wanted}]" in said({"mimeType": "multipart/form-data", "params": params})
