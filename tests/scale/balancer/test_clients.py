"""What a client may do to workers through HAProxy, and what it may not."""

import asyncio
import ssl
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path
from random import Random

from plimsoll.scale.balancer.configuration import HOPS_MAX
from tests.load.http.certificates import Authority
from tests.scale.balancer.stage import Stage, Timeouts, play, stage

FORGED = (
    "X-Forwarded-For: 6.6.6.6",
    "X_Forwarded-For: 6.6.6.6",
    "X-Forwarded-Host: evil.test",
    "x-forwarded-proto: https",
    "X-Forwarded-Protocol: ssl",
    "X-Forwarded-Ssl: on",
    "X-Forwarded-Prefix: /static",
    "Forwarded: for=6.6.6.6",
    "X-Real-IP: 6.6.6.6",
    "x-real_ip: 6.6.6.6",
    "Client-IP: 6.6.6.6",
    "True-Client-IP: 6.6.6.6",
    "X-Scheme: https",
    "X-Script-Name: /static",
    "Remote-User: root",
    "SCRIPT_NAME: /static",
    "PATH_INFO: /static",
    "REMOTE_USER: root",
    "x.y: dots",
)
NETWORKS = ("10.0.0.0/8", "127.0.0.0/8", "fd00::/8")
HOPS = (
    "9.9.9.9",
    "2001:db8::1",
    "10.0.0.1",
    "127.0.0.1",
    "fd00::2",
    "::ffff:10.0.0.1",
    "junk",
    "1.2.3",
    "",
    "5.5.5.5 x",
)


async def arrived(one: Stage, *headers: str) -> dict[str, str]:
    """Headers as the worker had them."""
    (origin,) = one.origin.values()
    assert (await one.get("/", *headers)).status == 200
    return dict((await origin.asked.get()).headers)


def client(lines: Sequence[str]) -> str:
    """Who it is, by what trusted peers saw, of a request that comes from one."""
    seen = "127.0.0.1"
    for hop in reversed(",".join(lines).split(",")):
        try:
            address = ip_address(hop.strip())
        except ValueError:
            return seen
        address = getattr(address, "ipv4_mapped", None) or address
        seen = hop.strip()
        if not any(address in ip_network(network) for network in NETWORKS):
            return seen
    return seen


def test_nothing_that_others_than_trusted_peers_say_of_themselves_is_believed(tmp_path: Path) -> None:
    async def story(one: Stage) -> None:
        await one.origins("w1")
        had = await arrived(one, *FORGED)
        assert {name: value for name, value in had.items() if name and name != "x-real-ip"} == {
            "host": "example.test",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-proto": "http",
        }
        assert had.get("x-real-ip", "127.0.0.1") == "127.0.0.1"

    for name, trusted in (("a", ()), ("b", ("10.0.0.0/8", "::1"))):
        (tmp_path / name).mkdir()
        play(story, tmp_path / name, trusted=trusted)


def test_the_client_is_the_rightmost_whom_no_trusted_peer_is(tmp_path: Path) -> None:
    chance = Random(1)
    said = [["1.1.1.1, 9.9.9.9"], ["1.1.1.1, 9.9.9.9", "10.0.0.1"], ["9.9.9.9, junk, 10.0.0.1"], [], ["10.0.0.1"]]
    said += [[", ".join(chance.choices(HOPS, k=2)) for _ in range(chance.randint(1, 3))] for _ in range(100)]

    async def story(one: Stage) -> None:
        await one.origins("w1")
        for lines in said:
            had = await arrived(one, *(f"X-Forwarded-For: {line}" for line in lines))
            assert (lines, had["x-forwarded-for"]) == (lines, client(lines))
            assert had["x-real-ip"] == had["x-forwarded-for"]
        had = await arrived(one, *[f"X-Forwarded-For: 10.0.0.{hop}" for hop in range(20)])
        assert had["x-forwarded-for"] == f"10.0.0.{20 - HOPS_MAX}"

    play(story, tmp_path, trusted=NETWORKS)


def test_what_a_trusted_peer_says_last_goes_on_and_nothing_that_contradicts_it(tmp_path: Path) -> None:
    async def story(one: Stage) -> None:
        await one.origins("w1")
        had = await arrived(one, *FORGED, "X-Forwarded-Host: good.test", "X-Forwarded-Proto: http, HTTPS")
        assert {name: value for name, value in had.items() if name} == {
            "host": "example.test",
            "x-forwarded-for": "6.6.6.6",
            "x-real-ip": "6.6.6.6",
            "x-forwarded-host": "good.test",
            "x-forwarded-proto": "https",
            "x-forwarded-prefix": "/static",
            "remote-user": "root",
        }
        assert (await arrived(one))["x-forwarded-proto"] == "http"
        assert (await arrived(one, "X-Forwarded-Proto: junk"))["x-forwarded-proto"] == "http"

    play(story, tmp_path, trusted=NETWORKS)


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
