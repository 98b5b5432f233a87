"""A site as every worker process gets it: the same everywhere, and made into what its users share."""

import pickle
from pathlib import Path

import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.load.http.origin import parse_origin
from plimsoll.load.http.site import HttpLimits, SitePlan
from plimsoll.settings.web import TlsOptions, WebSettings


def plan(url: str, web: WebSettings | None = None) -> SitePlan:
    return SitePlan(parse_origin(url), web or WebSettings(), False, Path("/scenarios"))


def test_a_plan_goes_to_other_processes_as_it_is() -> None:
    made = plan("https://app/base", WebSettings(5, 1.0, 2.0, 3.0, TlsOptions(Path("ca.pem"), verify=False)))
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301  # made here


def test_a_site_has_a_pool_and_tls_where_they_are_asked_for() -> None:
    plain = plan("http://app", WebSettings(None, 0.5, 2.0, 3.0)).build()
    assert (plain.pool, plain.connector.context) == (None, None)
    assert plain.limits == HttpLimits(500_000_000, 2_000_000_000, 3_000_000_000)
    shared = plan("https://app", WebSettings(3)).build()
    assert shared.pool is not None
    assert shared.connector.context is not None
    shared.close()


def test_a_file_of_tls_is_not_asked_for_without_tls() -> None:
    missing = WebSettings(tls=TlsOptions(Path("/nowhere/ca.pem")))
    plan("http://app", missing).build()
    with pytest.raises(RefusedError, match="cannot use ca of"):
        plan("https://app", missing).build()
