"""How one who only reads an analyzed run comes to where it can be analyzed again."""

import pytest

from plimsoll.server.analyses.look import Look
from plimsoll.server.dashboard.analysis import elsewhere
from tests.report import made_analysis

RUN = "20260214-101500-3fa0"


@pytest.mark.parametrize("analyzed", [True, False])
def test_where_there_is_an_admin_token_a_link_leads_to_it_whether_the_run_was_analyzed_or_not(analyzed: bool) -> None:
    look = Look(RUN, "done", analysis=made_analysis.bottleneck()) if analyzed else Look(RUN, "none")
    said = str(elsewhere(look, may=False))
    assert 'href="/login?next=/%3Ftab=analysis"' in said
    assert ("again" in said) is analyzed
    assert ("admin_token" in str(elsewhere(look, may=None))) is not analyzed
