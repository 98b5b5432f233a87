"""Files as a browser sends them, and a platform's answers to them."""

from collections.abc import Mapping, Sequence

from tests.fluentscribe.api.service import OURS, Platform, Reply
from tests.fluentscribe.made_files import xliff

BOUNDARY = "----of-tests"
KIND = f"multipart/form-data; boundary={BOUNDARY}"
PATH = f"/projects/{OURS}/uploads"
CSV = b"source,target\nA file,Eine Datei\nTwo files,Zwei Dateien\n"


def multipart(*files: tuple[str, bytes]) -> bytes:
    return b"".join(map(part, files)) + f"--{BOUNDARY}--\r\n".encode()


def part(file: tuple[str, bytes]) -> bytes:
    name, content = file
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n"


def hand_in(
    platform: Platform,
    *files: tuple[str, bytes],
    who: str = "linguist",
    query: str = "",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    sent = {"Content-Type": KIND, **(headers or {})}
    return platform.call("POST", PATH + query, who, headers=sent, raw=multipart(*files))


def several(units: int, name: str = "messages.xlf") -> tuple[str, bytes]:
    """An XLIFF file of so many units."""
    return name, xliff(units)


def failures(reply: Reply) -> Sequence[tuple[str, str]]:
    """Where and why, of a problem."""
    return [(fault["where"], fault["why"]) for fault in reply.json["errors"]]
