"""What could not be taken over, for people: like things together, each with its lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from plimsoll.load.importers.jmx.account import Outcome
from plimsoll.load.importers.jmx.tree import Element

# Elements that make no load, and why they are not missed.
NO_LOAD: Final = {
    "ResultCollector": "results are kept and reported by each run itself",
    "Summariser": "results are kept and reported by each run itself",
    "BackendListener": "results are kept and reported by each run itself",
    "DebugSampler": "it only shows variables in JMeter",
    "DebugPostProcessor": "it only shows variables in JMeter",
    "WorkBench": "the workbench is no part of a test",
    "ProxyControl": "it records, and sends nothing",
    "HttpMirrorControl": "it is a server, and sends nothing",
    "CacheManager": "nothing is cached between requests, as a browser would",
    "DNSCacheManager": "names are looked up by the system",
    "TestFragmentController": "no module controller refers to it",
    "KeystoreConfig": "client certificates are the environment's",
    "TestPlan": "",
}
LINES_MAX: Final = 12


def reason_of(element: Element) -> str:
    """Why an element that makes no load is left out; "" where nothing is known of it."""
    if element.kind in NO_LOAD:
        return NO_LOAD[element.kind]
    if element.kind.endswith(("Visualizer", "Collector", "Listener", "Reporter", "Summariser")):
        return NO_LOAD["ResultCollector"]
    if "JSR223" in element.kind or "BeanShell" in element.kind or "BSF" in element.kind:
        return "scripts are not translated"
    return ""


def grouped(outcomes: Sequence[Outcome], *, lines_max: int = LINES_MAX) -> list[str]:
    """A line for each kind and reason: "JSR223Sampler (lines 12, 40): scripts are not translated"."""
    lines: dict[tuple[str, str, str], list[int]] = {}
    for outcome in outcomes:
        if outcome.fate != "taken":
            head = {"in part": "in part", "left out": "left out", "disabled": "disabled"}[outcome.fate]
            lines.setdefault((head, outcome.kind, outcome.why), []).append(outcome.line)
    return [f"{head}: {kind} ({_places(where, lines_max)}): {why}" for (head, kind, why), where in lines.items()]


def _places(lines: Sequence[int], most: int) -> str:
    shown = ", ".join(map(str, lines[:most]))
    more = f" and {len(lines) - most} more" if len(lines) > most else ""
    return f"line{'s' if len(lines) > 1 else ''} {shown}{more}"
