"""What of a run's documents goes into the evidence."""

from itertools import pairwise

import pytest

from plimsoll.workflows.analyzing.gathering import some_of


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 399, 400, 401, 5_000])
def test_documents_of_a_long_run_are_spread_over_all_of_it(count: int) -> None:
    kept = [at for at, _ in some_of(200)(iter([(float(number), {}) for number in range(count)]))]
    steps = {later - earlier for earlier, later in pairwise(kept)}
    assert len(kept) == count if count <= 200 else 100 <= len(kept) <= 200
    assert len(steps) <= 1
    assert kept[-1:] == [] or count - kept[-1] <= 2 * max(steps, default=1)
