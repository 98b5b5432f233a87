"""The URL of a target before a run: whether it can be reached, and what of a scenario will not be sent."""

import socket
from pathlib import Path

import pytest

from plimsoll.core.check import CheckResult
from plimsoll.load.http.failures import DNS, REFUSED, TLS, HttpFailure
from plimsoll.load.language.scenario import load_scenario
from plimsoll.postgres.session import SessionTraits
from plimsoll.settings.environment import Environment
from plimsoll.workflows.checks.requests import Written, requests_in, writing_of
from plimsoll.workflows.site import _remedy, check_site, site_plan
from plimsoll.workflows.target import OpenTarget
from tests.load.http.server import Visit, serving
from tests.load.real import run

SCENARIO = """
from plimsoll import journey

@journey
async def shop(user):
    method = "DELETE"
    await user.http("b", "POST", "/b")
    await user.http("a", "GET", "/a")
    await user.http("c", method, "/c")
    await other.http("d")
    await user.http(
        "e",
        "PUT",
        "/e",
    )
"""


def opened(url: str | None, *, protected: bool = False) -> OpenTarget:
    return OpenTarget(Environment("web", url=url, protected=protected), None, SessionTraits())


async def checked(url: str | None, *, protected: bool = False, scenario: Path | None = None) -> list[CheckResult]:
    return await check_site(opened(url, protected=protected), load_scenario(scenario) if scenario is not None else None)


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "shop.py"
    path.write_text(SCENARIO)
    return path


def test_a_site_that_takes_connections_is_fine_and_gets_no_request() -> None:
    async def work() -> None:
        async with serving(Visit.gone) as served:
            (result,) = await checked(served.url)
            assert (result.status, result.name) == ("ok", "url")
            assert served.seen == []

    run(work())


def test_without_a_url_nothing_is_checked() -> None:
    assert run(checked(None)) == []
    assert site_plan(opened(None), Path("x.py")) is None


def test_a_site_that_cannot_be_reached_is_told_with_its_reason_and_what_to_do() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        (refused,) = run(checked(url))
    assert refused.status == "failed"
    assert f"{url} cannot be reached: connection refused" in refused.detail
    assert "--url" in refused.remedy

    async def work() -> CheckResult:
        async def script(visit: Visit) -> None:
            await visit.reader.read(10)
            visit.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        async with serving(script) as served:
            (result,) = await checked(served.url.replace("http:", "https:"))
            return result

    plain = run(work())
    assert "tls" in plain.detail
    assert "http://" in plain.remedy
    (wrong,) = run(checked("ftp://app"))
    assert wrong.status == "failed"


def test_a_protected_site_tells_what_will_not_be_sent(scenario: Path) -> None:
    async def work() -> None:
        async with serving(Visit.gone) as served:
            _, told = await checked(served.url, protected=True, scenario=scenario)
            assert told.status == "warning"
            assert "POST in line 7" in told.detail
            assert len(await checked(served.url, scenario=scenario)) == 1

    run(work())


def test_requests_are_found_in_the_text_of_a_scenario(scenario: Path) -> None:
    assert requests_in(scenario) == [Written("POST", 7), Written("GET", 8), Written("PUT", 11)]
    assert writing_of(requests_in(scenario)) == [Written("POST", 7), Written("PUT", 11)]
    scenario.write_text("no python (")
    assert requests_in(scenario) == []
    assert requests_in(scenario.parent / "missing.py") == []


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            HttpFailure(TLS, "self-signed certificate"),
            'set ca = "FILE.pem", or verify = false, in [environments.web.http]',
        ),
        (HttpFailure(TLS, "Hostname mismatch, certificate is not valid for 'a'"), "use a name of the certificate"),
        (HttpFailure(DNS, "Name or service not known"), "correct the host's name"),
        (HttpFailure(REFUSED, ""), "start it"),
        (TimeoutError(), "a firewall"),
    ],
)
def test_what_helps_depends_on_what_failed(error: Exception, words: str) -> None:
    assert words in _remedy(error, "web")
