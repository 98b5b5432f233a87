"""Quotas, while one tenant wants all there is."""

import threading

from plimsoll.cache import Cache, Limits

LIMITS = Limits(entries=10_000, bytes=300_000, tenant_bytes=100_000)
VALUE = b"x" * 500


def test_who_wants_more_than_his_quota_takes_nothing_from_others() -> None:
    cache, fills = Cache(staleness_s=None, limits=LIMITS), 0

    def fill() -> bytes:
        nonlocal fills
        fills += 1
        return VALUE

    def want(mine: str) -> None:
        for number in range(500):
            cache.fetch_sync(f"{mine}:{number}", lambda: VALUE, tenant="greedy", tags=[f"{mine}:{number}"])

    def ask_all() -> None:
        for number in range(100):
            cache.fetch_sync(f"modest:{number}", fill, tenant=f"tenant {number % 4}")

    ask_all()
    greedy = [threading.Thread(target=want, args=(f"thread {number}",)) for number in range(2)]
    for thread in greedy:
        thread.start()
    while any(thread.is_alive() for thread in greedy):
        ask_all()
    for thread in greedy:
        thread.join()
    ask_all()
    status = cache.status()
    assert (fills, status.gone["capacity"]) == (100, 0)
    assert status.gone["quota"] > 800
    assert status.tenant_bytes["greedy"] <= 100_000
