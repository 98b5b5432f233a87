"""Bodies of multipart/form-data, whole and broken, in pieces of any size."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluentscribe.uploads.errors import NotTaken
from fluentscribe.uploads.multipart import Began, Ended, Multipart
from tests.fluentscribe.api.handing_in import BOUNDARY, KIND, multipart

CONTENTS = st.lists(
    st.lists(st.sampled_from([b"\r\n", b"--", BOUNDARY.encode(), b"a", b"\r", b"\n--" + BOUNDARY.encode()[:9], b"\0"]))
    .map(b"".join)
    .filter(lambda content: f"\r\n--{BOUNDARY}".encode() not in b"\r\n" + content),
    min_size=1,
    max_size=4,
)


def files_of(body: bytes, size: int = 2**16, kind: str | None = KIND) -> list[tuple[str, bytes]]:
    """Names and contents, fed in pieces of `size` bytes."""
    reader, found = Multipart(kind), list[tuple[str, bytes]]()
    for start in range(0, len(body), size):
        for event in reader.feed(body[start : start + size]):
            match event:
                case Began(name):
                    found.append((name, b""))
                case bytes():
                    found[-1] = (found[-1][0], found[-1][1] + event)
                case _:
                    assert event is Ended.ENDED
    reader.finish()
    return found


def refusal(body: bytes, kind: str | None = KIND) -> tuple[int, str]:
    with pytest.raises(NotTaken) as raised:
        files_of(body, kind=kind)
    return raised.value.status, raised.value.detail


def with_head(head: bytes) -> bytes:
    return f"--{BOUNDARY}\r\n".encode() + head + b"\r\n\r\nx\r\n" + f"--{BOUNDARY}--\r\n".encode()


def named(disposition: str) -> bytes:
    return with_head(f"Content-Disposition: form-data; {disposition}".encode())


@given(CONTENTS, st.integers(1, 200))
@settings(max_examples=60, deadline=None)
def test_files_come_out_as_they_were_whatever_they_hold_and_however_they_are_cut(
    contents: list[bytes], size: int
) -> None:
    files = [(f"{number}.csv", content) for number, content in enumerate(contents)]
    assert files_of(multipart(*files), size) == files


def test_what_is_no_list_of_files_is_said_to_be_what_it_is() -> None:
    whole = multipart(("a.csv", b"x"))
    assert refusal(whole, None)[0] == 415
    assert refusal(whole, "multipart/mixed; boundary=b")[0] == 415
    assert refusal(whole, "multipart/form-data; boundary=")[0] == 400
    assert refusal(whole, f"multipart/form-data; boundary={'b' * 71}")[0] == 400
    assert refusal(whole[:-6]) == (400, "the body ends before its final boundary")
    assert refusal(b"") == (400, "the body ends before its final boundary")
    assert refusal(b"nonsense")[0] == 400
    assert refusal(multipart()) == (422, "no file was sent")
    assert refusal(named('name="files"')) == (422, "a part that is no file: it has no file name")
    assert refusal(named('name="note"; filename="a.csv"')) == (422, "a part that is not called `files`")
    assert refusal(with_head(b"X-Y: z"))[0] == 422
    assert refusal(multipart(*[("a.csv", b"")] * 11)) == (422, "more than 10 files")


HEADS = (
    b"A: " + b"b" * 5_000,
    b"a" * 5_000 + b": b",
    b"\r\n".join(b"A%d: b" % number for number in range(9)),
    b"\r\n".join([b"A: b"] * 2_000),
)


@pytest.mark.parametrize("head", HEADS, ids=["value", "name", "number", "repeated"])
def test_heads_of_parts_have_an_end(head: bytes) -> None:
    assert refusal(with_head(head))[0] in (400, 413)  # the parser has bounds of its own in some of its releases


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Datei ü.csv", "Datei ü.csv"),
        ("../../etc/passwd", "passwd"),
        (r"C:\\files\\a.csv", "a.csv"),
        (" a.csv ", "a.csv"),
    ],
)
def test_a_name_is_the_last_part_of_its_path(given: str, name: str) -> None:
    assert files_of(multipart((given, b"x"))) == [(name, b"x")]


@pytest.mark.parametrize("given", ["", "..", "a/", "a\tb.csv", "a\u202evsc.exe", "a\x7f.csv", "a" * 256, "a\u2028b"])
def test_what_is_no_name_is_refused(given: str) -> None:
    assert refusal(multipart((given, b"x")))[0] == 422


def test_a_name_is_in_utf_8() -> None:
    body = named('name="files"; filename="a?"').replace(b"?", b"\xff")
    assert refusal(body) == (422, "a file's name is not in UTF-8")
