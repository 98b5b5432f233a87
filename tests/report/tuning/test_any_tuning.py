"""Whatever a file says, each face shows it: figures that are absurd, texts that are empty, what is missing."""

import io

from hypothesis import HealthCheck, given, settings
from rich.console import Console

from plimsoll.core.tuning.advice import Tuning
from plimsoll.core.tuning.listed import Listed
from plimsoll.report.tuning.html import tuning_page
from plimsoll.report.tuning.listing import row_of
from plimsoll.report.tuning.markdown import tuning_markdown
from plimsoll.report.tuning.terminal import tuning_view
from tests.core.tuning.tunings import tunings


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tunings)
def test_any_tuning_has_a_view_a_page_markdown_and_a_row(tuning: Tuning) -> None:
    console = Console(file=io.StringIO(), width=80)
    console.print(tuning_view(tuning, details=True))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().strip()
    assert tuning_page(tuning).endswith("</html>\n")
    assert tuning_markdown(tuning).startswith("## ")
    assert row_of(Listed("x", tuning))["title"]
