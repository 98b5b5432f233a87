"""What a client may do to workers through HAProxy, and what it may not."""

import asyncio
import ssl
from pathlib import Path

from tests.load.http.certificates import Authority
from tests.scale.balancer.stage import Stage, Timeouts, stage

FORGED = (
    "X-Forwarded-For: 6.6.6.6",
    "X_Forwarded-For: 6.6.6.6",
    "X-Forwarded-Host: evil.test",
    "x-forwarded-proto: https",
    "Forwarded: for=6.6.6.6",
    "X-Real-IP: 6.6.6.6",
    "x-real_ip: 6.6.6.6",
    "X-Client-IP: 6.6.6.6",
)


async def arrived(one: Stage, *headers: str) -> dict[str, str]:
    """Headers as the worker had them."""
    (origin,) = one.origin.values()
    assert (await one.get("/", *headers)).status == 200
    return dict((await origin.asked.get()).headers)


def test_forwarded_headers_are_believed_of_trusted_peers_only(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path / "a") as strict:
            await strict.origins("w1")
            had = await arrived(strict, *FORGED)
            assert {name: value for name, value in had.items() if name} == {
                "host": "example.test",
                "x-forwarded-for": "127.0.0.1",
                "x-forwarded-proto": "http",
            }
        async with stage(tmp_path / "b", trusted=("10.0.0.0/8", "127.0.0.0/8", "::1")) as trusting:
            await trusting.origins("w1")
            had = await arrived(trusting, *FORGED[2:5])
            assert had["x-forwarded-host"] == "evil.test"
            assert had["x-forwarded-proto"] == "https"
            assert had["forwarded"] == "for=6.6.6.6"
            assert had["x-forwarded-for"] == "127.0.0.1"
            assert (await arrived(trusting))["x-forwarded-proto"] == "http"

    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    asyncio.run(story())


def test_a_slow_client_takes_no_worker_and_is_told_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path, timeouts=Timeouts(request=0.1)) as one:
            (origin,) = await one.origins("w1")
            halves = [
                one.say("GET / HTTP/1.1\r\nhost: x\r\nx-slow: "),
                one.say("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf"),
            ]
            assert [said.split(b" ")[1] for said in await asyncio.gather(*halves)] == [b"408", b"408"]
            assert origin.asked.empty()

    asyncio.run(story())


def test_what_is_no_request_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        async with stage(tmp_path) as one:
            (origin,) = await one.origins("w1")
            wrong = [
                "GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
                "GET /\x01 HTTP/1.1\r\nhost: x\r\n\r\n",
                f"GET / HTTP/1.1\r\nhost: x\r\nx-long: {'y' * 20000}\r\n\r\n",
            ]
            assert {(await one.say(text)).split(b" ")[1] for text in wrong} <= {b"400", b"431"}
            assert origin.asked.empty()

    asyncio.run(story())


def test_tls_is_ended_at_haproxy(tmp_path: Path) -> None:
    home = tmp_path / "it's $HOME"
    home.mkdir()
    authority = Authority(tmp_path)
    shown = authority.sign("here", "IP:127.0.0.1")
    whole = home / "a#b.pem"
    whole.write_text(shown.certificate.read_text() + shown.key.read_text())
    context = ssl.create_default_context(cafile=str(authority.certificate))

    async def story() -> None:
        async with stage(tmp_path, tls=context, certificate=whole) as one:
            await one.origins("w1")
            had = await arrived(one, "x-forwarded-proto: http")
            assert had["x-forwarded-proto"] == "https"

    asyncio.run(story())
