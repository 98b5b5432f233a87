"""What counts as an answer, whatever is at the other end."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.scale.supervisor.probing import Answer, Probing, Reachable, probe
from plimsoll.scale.supervisor.states import Answered, Event, Silent
from plimsoll.scale.supervisor.watching import watch


async def told(path: Path, said: bytes) -> Answer:
    """The answer to a server that says `said` and nothing else, and then waits for us to go."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        if not said:
            writer.close()
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()

    async with await asyncio.start_unix_server(say, path):
        return await probe(Reachable("w1", path=str(path)), "/", 30)


@pytest.mark.parametrize(
    ("said", "status", "ready", "alive"),
    [
        (b"HTTP/1.1 204 No Content\r\n", 204, True, True),
        (b"HTTP/1.0 404\r\n", 404, True, True),
        (b"HTTP/1.1 503 Service Unavailable\r\n", 503, False, True),
        (b"SSH-2.0-OpenSSH_9\r\n", 0, False, False),
        (b"HTTP/1.1 20000 OK\r\n", 0, False, False),
        (b"x" * 100_000, 0, False, False),
        (b"", 0, False, False),
    ],
)
def test_an_answer_is_a_line_of_http(tmp_path: Path, said: bytes, status: int, ready: bool, alive: bool) -> None:
    answer = asyncio.run(told(tmp_path / "w1.sock", said))
    assert (answer.status, answer.ready, answer.alive) == (status, ready, alive)
    assert bool(answer.why) == (status == 0)


def test_who_starts_is_asked_until_he_is_ready_and_what_he_answers_before_is_told_once(tmp_path: Path) -> None:
    async def story() -> list[Event]:
        left, events, ready = [b"500", b"500", b"503", b"200"], list[Event](), asyncio.Event()

        async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 " + left.pop(0) + b" \r\n")
            with contextlib.suppress(OSError):
                await reader.read()
            writer.close()

        def tell(event: Event) -> None:
            events.append(event)
            if isinstance(event, Answered):
                ready.set()

        path = tmp_path / "w1.sock"
        async with await asyncio.start_unix_server(say, path):
            watching = watch(Reachable("w1", path=str(path)), 7, Probing("/up", retry_s=0.0), 30, tell)
            watched = asyncio.create_task(watching)
            await ready.wait()
            watched.cancel()
        return events

    told = [event.why if isinstance(event, Silent) else "ready" for event in asyncio.run(story())]
    assert told == ["GET /up is answered 500", "GET /up is answered 503", "ready"]


def test_nobody_there_is_no_answer(tmp_path: Path) -> None:
    assert asyncio.run(probe(Reachable("w1", path=str(tmp_path / "w1.sock")), "/", 30)).why


@pytest.mark.parametrize("path", ["", "healthz", "/a b", "/a\r\nX: y", "/ä", "/" + "a" * 600])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match="no path for a health check"):
        Probing(path=path)
