"""Both servers, each before an application of its own, for all tests of a file."""

from collections.abc import Iterator

import pytest

from tests.edge.printing.fronts import Server, origin, running_nginx, running_varnish

STARTING = {"nginx": running_nginx, "varnish": running_varnish}


@pytest.fixture(scope="module", params=list(STARTING))
def front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with origin() as one, STARTING[request.param](one, tmp_path_factory.mktemp(request.param)) as server:
        yield server
