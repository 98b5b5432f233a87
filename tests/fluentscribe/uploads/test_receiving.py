"""Files on their way onto the disk: bounded, hashed, and gone again whatever happens."""

import asyncio
import errno
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import pytest
from starlette.requests import ClientDisconnect

from fluentscribe.uploads.errors import NotTaken, on_disk
from fluentscribe.uploads.intake import RECEIVING_MAX, Intake
from fluentscribe.uploads.limits import FILE_BYTES_MAX, TOTAL_BYTES_MAX
from fluentscribe.uploads.receiving import received
from fluentscribe.uploads.store import Store
from tests.fluentscribe.api.handing_in import KIND, multipart

ORGANIZATION = UUID(int=1)


async def sent(pieces: Sequence[bytes | Exception]) -> AsyncIterator[bytes]:
    for piece in pieces:
        if isinstance(piece, Exception):
            raise piece
        yield piece
    yield b""


def receive(store: Store, *pieces: bytes | Exception, length: str = "") -> list[tuple[str, str, int, bytes]]:
    """Names, hashes, sizes and contents while they are there."""

    async def run() -> list[tuple[str, str, int, bytes]]:
        async with received(sent(pieces), {"content-type": KIND, "content-length": length}, store.incoming) as files:
            return [(file.name, file.sha256, file.bytes, file.path.read_bytes()) for file in files]

    return asyncio.run(run())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "files")
    made.prepare()
    return made


def test_files_are_on_the_disk_while_they_are_worked_on_and_gone_afterwards(store: Store) -> None:
    contents = (b"a" * 700_000, b"")
    body = multipart(("a.csv", contents[0]), ("b.csv", contents[1]))
    expected = [
        (name, hashlib.sha256(content).hexdigest(), len(content), content)
        for name, content in zip(("a.csv", "b.csv"), contents, strict=True)
    ]
    assert receive(store, body[:100], body[100:650_000], body[650_000:]) == expected
    assert list(store.incoming.iterdir()) == []


def test_nothing_is_left_of_what_broke_off(store: Store) -> None:
    body = multipart(("a.csv", b"x" * 600_000))
    for end, status in ((ClientDisconnect(), 400), (TimeoutError(), 408), (b"", 400)):
        with pytest.raises(NotTaken) as raised:
            receive(store, body[:500_000], end)
        assert raised.value.status == status
        assert list(store.incoming.iterdir()) == []


def test_a_file_that_is_too_large_takes_no_room_and_a_request_that_is_ends(store: Store) -> None:
    head, tail = multipart(("a.csv", b"#")).split(b"#")
    piece = b"x" * (FILE_BYTES_MAX // 4)
    ((_, _, size, content),) = receive(store, head, *[piece] * 6, tail)
    assert (size > FILE_BYTES_MAX, content) == (True, b"")
    with pytest.raises(NotTaken, match="a request of more than"):
        receive(store, head, *[piece] * (TOTAL_BYTES_MAX // len(piece) + 1))
    for length in (str(TOTAL_BYTES_MAX + 1), "9" * 9_000):
        with pytest.raises(NotTaken, match="a request of more than"):
            receive(store, AssertionError("is not asked for"), length=length)


def test_what_a_killed_process_left_is_removed_and_what_another_receives_is_not(store: Store) -> None:
    for name in ("left", "in work"):
        (store.incoming / name).write_bytes(b"x")
    with (store.incoming / "in work").open("rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert store.prepare() == 1
        assert [path.name for path in store.incoming.iterdir()] == ["in work"]


def test_equal_files_have_one_place_in_an_organization(store: Store) -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    for name in ("one", "another"):
        (store.incoming / name).write_bytes(b"x")
        store.keep(store.incoming / name, ORGANIZATION, digest)
    place = store.path(ORGANIZATION, digest)
    assert (place.read_bytes(), [path.name for path in store.incoming.iterdir()]) == (b"x", ["another"])
    assert place.relative_to(store.root).parts == (str(ORGANIZATION), digest[:2], digest[2:4], digest)


def test_a_server_takes_in_so_many_requests_and_tells_others_to_come_back(tmp_path: Path) -> None:
    async def run() -> None:
        intake = Intake(tmp_path, 1)
        async with AsyncExitStack() as many:
            for _ in range(RECEIVING_MAX):
                await many.enter_async_context(intake.receiving())
            with pytest.raises(NotTaken, match="too many files"):
                await many.enter_async_context(intake.receiving())
        async with intake.receiving():
            pass

    asyncio.run(run())


def test_a_full_disk_is_said_to_be_one() -> None:
    with pytest.raises(NotTaken) as full, on_disk(), Path("/dev/full").open("wb", buffering=0) as file:
        file.write(b"x")
    assert (full.value.status, full.value.code) == (507, "no-room")
    with pytest.raises(NotTaken) as broken, on_disk():
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    assert broken.value.status == 503
