"""The URL of a target: how its users will reach it, and whether it can be reached."""

import asyncio
from pathlib import Path

from plimsoll.core.check import CheckResult, failed, ok, warning
from plimsoll.core.errors import PlimsollError
from plimsoll.load.http.failures import DNS, REFUSED, TLS, HttpFailure
from plimsoll.load.http.origin import parse_origin
from plimsoll.load.http.site import SitePlan
from plimsoll.load.language.scenario import Scenario
from plimsoll.workflows.checks.requests import requests_in, writing_of
from plimsoll.workflows.target import OpenTarget

REACH_S = 10.0


def site_plan(opened: OpenTarget, scenario: Path) -> SitePlan | None:
    """Where the run's HTTP requests go; None without a URL. Raises UsageError for a URL that is none."""
    environment = opened.environment
    if environment.url is None:
        return None
    origin = parse_origin(environment.url, where=environment.where)
    return SitePlan(origin, environment.web, environment.protected, scenario.resolve().parent)


async def check_site(opened: OpenTarget, scenario: Scenario | None) -> list[CheckResult]:
    """Whether something listens there and its certificate holds; no request is sent. Nothing without a URL."""
    if opened.environment.url is None:
        return []
    try:
        plan = site_plan(opened, scenario.path if scenario is not None else Path("scenario.py"))
        assert plan is not None
        connect_ms = await _reached(plan)
    except PlimsollError as error:
        return [failed("url", str(error), error.remedy)]
    except (HttpFailure, TimeoutError) as error:
        return [failed("url", _unreached(opened.environment.url, error), _remedy(error, opened.environment.name))]
    results = [ok("url", f"{opened.environment.url} takes connections ({connect_ms:.1f} ms)")]
    if plan.protected and scenario is not None:
        results += _protected(scenario)
    return results


async def _reached(plan: SitePlan) -> float:
    site = plan.build()
    async with asyncio.timeout(REACH_S):
        connection = await site.connector.open(lambda _: None)
    connection.close()
    return (connection.connect_ns + connection.tls_ns) / 1e6


def _unreached(url: str, error: Exception) -> str:
    if not isinstance(error, HttpFailure):
        return f"{url} cannot be reached: no answer within {REACH_S:g} s"
    said = str(error)
    again = said.lower() in error.error_class
    return f"{url} cannot be reached: {error.error_class}{'' if again else f': {said}'}"


def _remedy(error: Exception, environment: str) -> str:
    """What helps depends on how far it came."""
    kind = error.error_class if isinstance(error, HttpFailure) else "timeout"
    if kind == TLS:
        return _tls_remedy(str(error).lower(), environment)
    if kind == DNS:
        return "correct the host's name in --url, or in url of the environment"
    if kind == REFUSED:
        return "start it, or correct --url, or url of the environment"
    return "see whether a firewall stands between or it is overloaded, or correct --url"


def _tls_remedy(said: str, environment: str) -> str:
    table = f"[environments.{'NAME' if environment == 'url' else environment}.http]"
    if "mismatch" in said or "not valid for" in said:
        return f"use a name of the certificate as the URL's host, or set verify = false in {table}"
    if "wrong_version" in said or "record_layer" in said or "packet_length" in said:
        return "write http:// where it speaks no TLS"
    return f'set ca = "FILE.pem", or verify = false, in {table}'


def _protected(scenario: Scenario) -> list[CheckResult]:
    writing = writing_of(requests_in(scenario.path))
    if not writing:
        return []
    first = writing[0]
    detail = f"the target is protected: {first.method} in line {first.line} will not be sent"
    return [warning("requests", detail, "leave such journeys out: only GET and HEAD are sent", figures=True)]
