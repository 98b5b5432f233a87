"""What applications tell of their pools, by the names that pools are known by."""

import pytest

from plimsoll.analyze.evidence.pool_told import PoolTold, pool_told
from tests.analyze.building import evidence


@pytest.mark.parametrize(
    ("told", "pool"),
    [
        ({"db_pool_connections": 10, "db_pool_idle_connections": 3}, PoolTold(10, 3, None)),
        ({"hikaricp_connections_max": 8, "hikaricp_connections_active": 8, "hikaricp_connections_pending": 5},
         PoolTold(8, 0, 5)),
        ({"sqlalchemy_pool_size": 5, "sqlalchemy_pool_checked_out": 4}, PoolTold(5, 1, None)),
        ({"db_pool_wait_seconds": 1.0, "http_connections_active": 7}, None),
        ({"requests_in_flight": 3}, None),
    ],
)  # fmt: skip
def test_a_pool_is_known_by_its_names(told: dict[str, float], pool: PoolTold | None) -> None:
    assert pool_told(evidence(gauges={f"application_{name}": value for name, value in told.items()}).gauges) == pool
