"""Advice on a file of samples: it has no scenario and no run of ours whose warnings could be read. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from plimsoll.core.finding import Finding, How, Recommendation

OURS: Final = ("plimsoll run", "plimsoll find", "plimsoll tune")
OF_A_RUN: Final = {
    "the first message of each class is among the run's warnings": "the failed rows of the file hold their messages",
    "the run's warnings hold the first message of each class": "the failed rows of the file hold their messages",
    "run the scenario with one user": "run the test plan with one user",
    "A check of the scenario did not hold, its code": "An assertion of the test plan did not hold, its code",
    "mend the scenario": "mend the test plan",
    "mend the requests of the scenario": "mend the requests of the test plan",
}
INSTEAD: Final = How("check", "run the test plan once with one user", "the failed rows hold their messages")


def finding_of_a_file(finding: Finding) -> Finding:
    return replace(finding, explanation=_said(finding.explanation), confirm_by=_said(finding.confirm_by))


def advice_of_a_file(given: Iterable[Recommendation]) -> Iterator[Recommendation]:
    for one in given:
        hows = [replace(how, text=_said(how.text)) for how in one.how if not how.text.startswith(OURS)]
        yield replace(one, what=_said(one.what), how=tuple(hows or [INSTEAD]))


def _said(text: str) -> str:
    for ours, theirs in OF_A_RUN.items():
        text = text.replace(ours, theirs)
    return text
