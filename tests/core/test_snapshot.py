"""What a snapshot sees, held against a plain list of who had ended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.core.snapshot import Snapshot


@st.composite
def taken_in_turn(draw: st.DrawFn) -> tuple[list[set[int]], list[Snapshot]]:
    """Transactions that begin in order and end in any: at several moments who had ended, and the snapshot."""
    begun, ended, seen, snapshots = 3, {1, 2}, [], []
    for _ in range(draw(st.integers(1, 6))):
        begun += draw(st.integers(0, 4))
        open_ones = sorted(set(range(1, begun)) - ended)
        ended |= set(draw(st.lists(st.sampled_from(open_ones), unique=True))) if open_ones else set()
        running = frozenset(range(1, begun)) - ended
        seen.append(set(ended))
        snapshots.append(Snapshot(min(running, default=begun), begun, running))
    return seen, snapshots


@given(taken_in_turn())
def test_it_sees_who_had_ended_and_later_ones_cover_earlier_ones(
    moments: tuple[list[set[int]], list[Snapshot]],
) -> None:
    for ended, snapshot in zip(*moments, strict=True):
        assert {xid for xid in range(1, snapshot.xmax + 5) if snapshot.sees(xid)} == ended
        assert Snapshot.parse(str(snapshot)) == snapshot
    for earlier, first in zip(*moments, strict=True):
        for later, second in zip(*moments, strict=True):
            if second.xmax >= first.xmax:
                assert second.covers(first) is (earlier <= later)


@pytest.mark.parametrize(
    "text", ["", "1:2", "0:1:", "5:4:", "5:9:4", "5:9:9", "5:9:6,", "5:9:a", "1:2:\n", f"1:{2**64}:"]
)
def test_what_no_server_writes_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a snapshot"):
        Snapshot.parse(text)
