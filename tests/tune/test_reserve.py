"""What a budget has room for after some of what was chosen has failed."""

from plimsoll.core.tuning.advice import Advised, Estimate
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.proof import Interval95, Proof
from plimsoll.tune.reserve import Reserve

NOTHING = Interval95(0.0, 0.0, 0.0)


def index(size_bytes: int, proved_bytes: int | None = None) -> Advised:
    proof = Proof((), 1.0, NOTHING, 2, proved_bytes) if proved_bytes is not None else None
    change = Change("create-index", "public.t", "", "")
    return Advised(change, "estimated", "medium", estimate=Estimate(1.0, 0.5, size_bytes), proof=proof)


def test_room_is_what_those_that_stand_leave_as_they_were_built() -> None:
    reserve = Reserve(budget_bytes=10 * 2**20)
    accepted = [index(9 * 2**20, 4 * 2**20), index(2**20), Advised(Change("drop-index", "", "", ""), "proved", "high")]
    assert reserve.no_room(index(5 * 2**20), accepted) == ""
    assert (
        reserve.no_room(index(6 * 2**20), accepted) == "does not fit beside what is proved: takes 6.00 MiB of 5.00 MiB"
    )
    assert Reserve().no_room(index(2**40), accepted) == ""
