"""The stretch of a run that is asked for."""

import pytest

from plimsoll.core.analysis import Stretch
from plimsoll.core.errors import UsageError
from plimsoll.workflows.analyzing.run_analysis import _chosen

WHOLE = Stretch(1.0, 11.0, "all of it")


def test_a_stretch_is_cut_to_what_was_measured() -> None:
    assert (_chosen((0.0, 5.0), WHOLE).start_s, _chosen((3.0, 99.0), WHOLE).end_s) == (1.0, 11.0)


def test_one_that_ends_before_it_begins_is_told_apart_from_one_beside_the_run() -> None:
    with pytest.raises(UsageError, match="ends before it begins"):
        _chosen((5.0, 3.0), WHOLE)
    with pytest.raises(UsageError, match="nothing lies in this stretch"):
        _chosen((20.0, 30.0), WHOLE)
