"""Both servers, each before an application of its own, for all tests of a file."""

from collections.abc import Iterator

import pytest

from plimsoll.edge.printing.varnish import DOUBT_S
from tests.edge.printing.fronts import Origin, Server, origin, running_nginx, running_varnish

STARTING = {"nginx": running_nginx, "varnish": running_varnish}
DOUBT = f" < {DOUBT_S * 1_000:.1f})"


def without_doubt(text: str) -> str:
    """That what is young is fetched anew after any purge would depend on how fast a test is."""
    return text.replace(DOUBT, " < 0.0)")


@pytest.fixture(scope="module", params=list(STARTING))
def front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with (
        origin(Origin()) as one,
        STARTING[request.param](one, tmp_path_factory.mktemp(request.param), without_doubt) as server,
    ):
        yield server
