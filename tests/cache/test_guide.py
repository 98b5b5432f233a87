"""docs/guides/cache.md: its program runs, and does what it says."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from plimsoll.cache import Cache

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "cache.md"
PROGRAM = "\n".join(re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL))


def test_the_program_of_the_guide(
    shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", shop)
    names: dict[str, Any] = {}
    patient = PROGRAM.replace('Cache("shop", ', 'Cache("shop", staleness_s=60, ')  # however slow the machine is
    exec(patient, names)  # noqa: S102  # our own guide
    log = str(tmp_path / "keys")

    async def story() -> None:
        async with asyncpg.create_pool(shop, min_size=1, max_size=4) as pool:
            names["pool"] = pool
            names["cache"]._following.wait(30)
            await pool.execute("INSERT INTO orders VALUES (501, 'old')")
            await names["show"](501)
            assert await names["note"](501) == "old"
            token = await names["rename"](501, "new")
            assert await names["read_after"](token, 501) == "new"
            assert await names["read_after"](await names["rename"](404, "nobody's"), 501) == "new"
            with ThreadPoolExecutor(2) as threads:
                fetch, longest = names["cache"].fetch_sync, names["longest"]
                assert fetch("longest", lambda: longest(threads, [1, 2])) == 6
            assert names["cache"].get("longest") == 6
            names["cache"].invalidate("order:2")
            assert names["cache"].get("longest") is None
            for _ in range(1_000):
                names["cache"].get("note:501")
            await names["before_ending"](log)
            with Cache(staleness_s=60) as other:  # as in another process
                other.follow(shop, wait_s=30)
                other.fetch_sync("k", lambda: "held", tags=["order:501"])
                names["cache"].invalidate("order:501")
                assert other.get("k") == "held"
                with other.after(await names["drop_everywhere"]("order:501", "mine:*")):
                    assert other.get("k") is None
                    assert other.fetch_sync("k", lambda: "anew", tags=["order:501"]) == "anew"
            names["cache"].clear()
            await names["after_starting"](log)
            assert names["cache"].get("note:501") == "new"
            assert names["cache"].status().trouble == ""
            assert names["well"]() in (True, False)

    try:
        asyncio.run(story())
    finally:
        names["cache"].close()
    assert capsys.readouterr().out == "{'id': 501, 'note': 'old'}\n" * 3
