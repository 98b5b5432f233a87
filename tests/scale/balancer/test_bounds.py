"""What bounds a service that is asked for more than it carries, and certificates that change while it is asked."""

import asyncio
import ssl
from pathlib import Path
from time import monotonic

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.scale.balancer.certificate import Certificate
from tests.load.http.certificates import Authority
from tests.scale.balancer.stage import Stage, play


async def only_one_a_second(one: Stage) -> None:
    began = monotonic()
    answers = await asyncio.gather(*(one.get() for _ in range(20)))
    seconds = monotonic() - began
    assert 1 <= sum(answer.status == 200 for answer in answers) <= seconds + 2
    assert {answer.headers["retry-after"] for answer in answers if answer.status == 503} == {"1"}


def test_only_so_many_a_second_are_let_in_and_none_is_when_nobody_says_so(tmp_path: Path) -> None:
    async def story(one: Stage) -> None:
        await one.origins("w1")
        await one.balancer.admit(0.2)  # which is one
        await only_one_a_second(one)
        assert (tmp_path / "admission.map").read_text() == "admit 1\n"
        one.kill_haproxy()
        one.start_haproxy()
        await one.balancer.settle()
        await only_one_a_second(one)
        await one.balancer.admit(None)
        assert {answer.status for answer in await asyncio.gather(*(one.get() for _ in range(20)))} == {200}

    play(story, tmp_path)


def test_a_renewed_certificate_is_shown_and_a_wrong_one_is_not(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    first, second = (authority.sign(name, "IP:127.0.0.1") for name in ("first", "second"))
    certificate, key = tmp_path / "it's $HOME #1.pem", tmp_path / "key.pem"
    certificate.write_bytes(first.certificate.read_bytes())
    key.write_bytes(first.key.read_bytes())
    context = ssl.create_default_context(cafile=str(authority.certificate))

    async def shown(one: Stage) -> str:
        _, writer = await asyncio.open_connection(*one.public.getsockname(), ssl=context)
        subject = dict(pair[0] for pair in writer.get_extra_info("peercert")["subject"])
        writer.close()
        return str(subject["commonName"])

    async def story(one: Stage) -> None:
        await one.origins("w1")
        certifying = one.balancer.certifying
        assert certifying is not None
        before = await shown(one)
        reader, writer = await asyncio.open_connection(*one.public.getsockname(), ssl=context)
        assert not await certifying.renewed()
        certificate.write_bytes(second.certificate.read_bytes())
        with pytest.raises(UsageError, match="are not of one another"):
            await certifying.renewed()
        assert (await certifying.renewed(), await shown(one)) == (False, before)
        key.write_bytes(second.key.read_bytes())
        assert await certifying.renewed()
        after = await shown(one)
        assert after != before
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 200")
        writer.close()
        one.kill_haproxy()
        one.start_haproxy()
        await one.balancer.settle()
        assert await shown(one) == after

    play(story, tmp_path, tls=context, certificate=certificate, key=key)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no certificate", "no BEGIN line"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read"),
        ("-----BEGIN CERTIFICATE-----\n" + "A" * 20_000 + "\n-----END CERTIFICATE-----\n", "HAProxy takes 15,000"),
    ],
)
def test_what_is_no_certificate_is_told(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "x.pem"
    with pytest.raises(UsageError, match="No such file"):
        Certificate(path, None).read()
    path.write_text(text)

    def used() -> None:
        Certificate(path, None).read()
        Certificate(path, None).check(path)

    with pytest.raises(UsageError, match=why):
        used()
