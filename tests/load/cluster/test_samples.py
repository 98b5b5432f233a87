"""Samples come home whole, within their limit, and under their own names only."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from plimsoll.load.cluster import agent
from plimsoll.load.cluster import samples as samples_module
from plimsoll.load.cluster.machines import Machine, Versions
from plimsoll.load.cluster.samples import Parts, bring_samples

THERE = Machine("tcp://there:1", "there", 2, Versions("3.11.7", "0.1.0"))


def bring(parts: Parts, held: dict[str, bytes]) -> None:
    """From a machine that holds these files."""

    async def ask(_: Machine, function: Any, *arguments: Any) -> Any:
        if function is agent.plimsoll_parts:
            return [(name, len(contents)) for name, contents in held.items()]
        name, start, size = arguments
        return held[name][start : start + size]

    asyncio.run(bring_samples(THERE, ask, parts))


def test_a_part_larger_than_a_message_comes_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples_module, "PIECE_BYTES", 3)
    bring(Parts(tmp_path, 100), {"part-003-000000.parquet": b"12345678"})
    assert (tmp_path / "part-003-000000.parquet").read_bytes() == b"12345678"


def test_beyond_the_limit_it_is_said_how_much_has_not_come(tmp_path: Path) -> None:
    held = {f"part-003-00000{n}.parquet": b"12345678" for n in range(3)}
    with pytest.raises(OSError, match=r"2 of 3 parts \(16 B\): there is more than the run's limit"):
        bring(Parts(tmp_path, 10), held)
    assert [path.name for path in tmp_path.iterdir()] == ["part-003-000000.parquet"]


@pytest.mark.parametrize("name", ["../part-003-000000.parquet", "run.json", "part-003-000000.parquet/x"])
def test_a_name_that_is_not_a_parts_is_not_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match="1 of 1 parts"):
        bring(Parts(tmp_path, 100), {name: b"1"})
    assert not list(tmp_path.rglob("*"))
