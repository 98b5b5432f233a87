"""JUnit XML: one test case for the run's validity and one for each goal, as CI systems read it."""

import re
from typing import Final
from xml.sax.saxutils import escape, quoteattr  # writing only; nothing is parsed here

from plimsoll.core.summary import GoalSummary, Summary
from plimsoll.report.words import TEXT_CHARACTERS_MAX, ending_words, goal_words, plain

# What XML 1.0 has no way to write (https://www.w3.org/TR/xml/#charsets)
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(summary: Summary) -> str:
    """The run as one suite. A goal that was missed is a failure; an invalid run, or one cut short, an error."""
    cases = [_validity_case(summary), *(_goal_case(summary, goal) for goal in summary.goals)]
    failures = sum(not goal.passed for goal in summary.goals)
    suite = (
        f"<testsuite name={_attribute(f'plimsoll: {summary.scenario}')} tests={_attribute(len(cases))} "
        f'failures={_attribute(failures)} errors={_attribute(int(bool(_trouble(summary))))} skipped="0" '
        f"timestamp={_attribute(summary.started_at)} time={_attribute(_seconds(summary.duration_s))}>"
    )
    body = "\n".join(f"    {case}" for case in cases)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n  {suite}\n{body}\n  </testsuite>\n</testsuites>\n'


def _trouble(summary: Summary) -> list[str]:
    """Why the figures may not be what was asked for."""
    because = [] if summary.valid else list(summary.invalid_because) or ["the reason is not recorded"]
    ending = ending_words(summary.stopped_by)
    return [*because, ending] if ending else because


def _validity_case(summary: Summary) -> str:
    trouble = _trouble(summary)
    head = _case(summary, "the run is valid")
    if not trouble:
        return f"{head}/>"
    return f"{head}><error message={_attribute(trouble[0])}>{_text('; '.join(trouble))}</error></testcase>"


def _goal_case(summary: Summary, goal: GoalSummary) -> str:
    scope = "" if goal.scope == "total" else f"{goal.scope}: "
    head = _case(summary, f"{scope}{goal.expression}")
    if goal.passed:
        return f"{head}/>"
    sentence = goal_words(goal).sentence
    return f'{head}><failure type="goal" message={_attribute(sentence)}>{_text(sentence)}</failure></testcase>'


def _case(summary: Summary, name: str) -> str:
    return (
        f"<testcase classname={_attribute(f'plimsoll.{summary.scenario}')} name={_attribute(name)} "
        f"time={_attribute(_seconds(summary.duration_s))}"
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _attribute(value: str | int) -> str:
    return quoteattr(_clean(plain(str(value), TEXT_CHARACTERS_MAX)))


def _text(value: str) -> str:
    return escape(_clean(value))


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
