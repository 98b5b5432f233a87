"""An analysis as a terminal shows it: the verdict first, then findings with their evidence, then what to do."""

from typing import TYPE_CHECKING

from plimsoll.core.analysis import Analysis
from plimsoll.report.words import plain

if TYPE_CHECKING:
    from rich.console import RenderableType


def analysis_view(analysis: Analysis) -> "RenderableType":
    """For a Rich console; without a terminal that console makes it plain text."""
    from rich.console import Group
    from rich.text import Text

    lines = [f"{analysis.verdict}: {analysis.because}"]
    lines += [f"{finding.impact:>2} {finding.severity}: {finding.title}" for finding in analysis.findings]
    return Group(*(Text(plain(line, 500)) for line in lines))
