"""Files on their way: streamed in little memory, and answered before they have all been sent."""

import asyncio
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from python_multipart.multipart import FormParser

from plimsoll.core.errors import UsageError
from plimsoll.load.language.user import User
from plimsoll.settings.web import WebSettings
from tests.load.http.fed import response
from tests.load.http.server import Visit
from tests.load.http.visiting import until, visiting
from tests.load.real import run

MB = 1_000_000
TOO_LARGE = response(b'{"detail": "at most 1 MB"}', "Content-Type: application/json", status="413 Too Large")


def large(directory: Path, size: int = 24 * MB) -> None:
    with (directory / "large").open("wb") as file:
        file.truncate(size)
        file.seek(size - 3)
        file.write(b"end")


async def read_all(visit: Visit, take: Any) -> int:
    """The body of a request by the piece; gives its length."""
    head = await visit.head()
    assert head is not None
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    boundary = head.partition(b"boundary=")[2].partition(b"\r\n")[0]
    left = length
    parser = FormParser("multipart/form-data", lambda _: None, take, boundary=boundary)
    while left:
        piece = await visit.reader.read(65_536)
        assert piece
        parser.write(piece)
        left -= len(piece)
    parser.finalize()
    return len(head) + length


def test_a_large_file_arrives_whole_and_is_never_held_in_memory(tmp_path: Path) -> None:
    large(tmp_path)
    sizes: list[int] = []
    files: list[tuple[int, bytes]] = []

    def take(file: Any) -> None:
        file.file_object.seek(-3, 2)
        files.append((file.size, file.file_object.read()))
        file.close()

    async def script(visit: Visit) -> None:
        for _ in range(2):
            sizes.append(await read_all(visit, take))
            visit.send(response(b"ok"))

    async def work() -> None:
        async with visiting(script, directory=tmp_path) as made:
            tracemalloc.start()
            try:
                for _ in range(2):
                    assert (await made.one("POST", "/", files={"f": "large"}, form={"a": 1})).bytes == b"ok"
                assert tracemalloc.get_traced_memory()[1] < 6 * MB
            finally:
                tracemalloc.stop()
            rows = await made.rows()
            assert files == [(24 * MB, b"end")] * 2
            assert [row["sent"] for row in rows] == sizes
            assert made.served.accepted == 1, "and the connection is kept"

    run(work())


async def stalled(users: list[User]) -> None:
    """Until the socket takes no more of what the first of them sends."""

    def paused() -> bool:
        connection = users[0].web._connection if users and users[0].web is not None else None
        return connection is not None and connection._resumed is not None

    await until(paused)


@pytest.mark.parametrize("after", ["keeps it open", "closes", "resets"])
def test_a_refusal_before_all_was_sent_is_the_answer_and_nothing_follows_on_the_connection(
    tmp_path: Path, after: str
) -> None:
    large(tmp_path)
    ended = asyncio.Event()
    users: list[User] = []

    async def script(visit: Visit) -> None:
        await visit.head()
        if visit.number:
            visit.send(response(b"ok"))
            return
        await stalled(users)
        visit.send(TOO_LARGE)
        await visit.writer.drain()
        if after == "keeps it open":
            await ended.wait()
        elif after == "resets":
            await ended.wait()  # a reset may overtake what was sent before it
            visit.reset()

    async def work() -> None:
        async with visiting(script, directory=tmp_path, web=WebSettings(first_byte_timeout_s=2)) as made:
            users.append(made.user)
            assert await made.failed("POST", "/", files={"f": "large"}) == "HTTP 413"
            assert made.stage.problems.messages["HTTP 413"] == "POST /: at most 1 MB"
            ended.set()
            assert (await made.one()).status == 200
            assert made.served.accepted == 2

    run(work())


def test_a_reset_while_sending_is_a_reset_and_not_tried_again(tmp_path: Path) -> None:
    large(tmp_path)

    async def script(visit: Visit) -> None:
        await visit.head()
        visit.reset()

    async def work() -> None:
        async with visiting(script, directory=tmp_path) as made:
            for method in ("POST", "PUT"):
                assert await made.failed(method, "/", files={"f": "large"}) == "connection reset"
            assert (made.served.accepted, made.user.retries) == (2, 0)

    run(work())


def test_a_file_that_cannot_be_sent_to_its_end_is_a_mistake_and_leaves_no_connection(tmp_path: Path) -> None:
    large(tmp_path)

    async def script(visit: Visit) -> None:
        await visit.head()
        (tmp_path / "large").write_bytes(b"now it is short")
        await visit.gone()

    async def work() -> None:
        async with visiting(script, directory=tmp_path) as made:

            async def send(user: User) -> None:
                with pytest.raises(UsageError, match="became shorter"):
                    await user.http("send", "POST", "/", files={"f": "large"})
                assert user.deadline_ns == 0
                with pytest.raises(UsageError, match="missing"):
                    await user.http("send", "POST", "/", files={"f": "missing"})

            await made.travel(send)
            await until(lambda: made.served.open == 0)
            assert made.served.accepted == 1

    run(work())


def test_a_stop_in_the_midst_of_sending_closes_the_connection(tmp_path: Path) -> None:
    large(tmp_path)
    users: list[User] = []

    async def script(visit: Visit) -> None:
        await visit.request() if visit.number else await visit.head()
        if visit.number == 0:
            await stalled(users)
            visit.served.seen.append(None)  # type: ignore[arg-type]  # it has come so far
            await visit.gone()
        visit.send(response(b"ok"))

    async def work() -> None:
        async with visiting(script, directory=tmp_path) as made:
            users.append(made.user)
            going = asyncio.create_task(made.one("POST", "/", files={"f": "large"}))
            await until(lambda: made.served.seen)
            assert made.user.task is not None
            made.user.task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await going
            await until(lambda: made.served.open == 0)
            assert made.user.cut_off == 1
            assert (await made.one()).status == 200

    run(work())
