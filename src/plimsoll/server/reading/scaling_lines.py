"""How a served application fares, in a sentence: does it serve, does it follow its load, what keeps it from that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from plimsoll.core.scaling import stepped
from plimsoll.core.units import format_duration, format_rate
from plimsoll.server.reading.say import clock, plural

Row = Mapping[str, Any]
Standing = Literal["good", "warning", "bad", "unknown"]
_ORDER: Final = {"bad": 0, "warning": 1, "unknown": 2, "good": 3}
BOUND: Final = {"connections": "Short of connections", "machine": "Short of memory", "max": "At its most"}  # by rule
NO_ROOM: Final = "its workers have no room, or there are none"
LINES_MAX: Final = 5  # of what a worker said last


@dataclass(frozen=True, slots=True)
class ScalingVerdict:
    """`word` stands beside the colour; `cause` is a foreign text, `remedy` says what to do, if anything is."""

    standing: Standing
    word: str
    sentence: str
    remedy: str = ""
    cause: str = ""


def worst_first(rows: Sequence[Row]) -> list[Row]:
    """Then by name."""
    return sorted(rows, key=lambda row: (_ORDER[verdict_of(row).standing], row["served"]))


def verdict_of(row: Row) -> ScalingVerdict:
    """What is worst comes first."""
    name, status = row["served"], row["status"]
    if row["standing"] != "up":
        words = f"The supervisor of {name} has not answered since {clock(row['seen_s'])}"
        remedy = "start the same plimsoll serve again: within its grace it takes the workers over"
        return ScalingVerdict("bad", "Gone", words, remedy, row["why"])
    if status["broken"]:
        return _broken(name, status)
    balancer = status["balancer"]
    if balancer["trouble"]:
        remedy = "see the lines of plimsoll serve for why HAProxy does not answer or start"
        return ScalingVerdict(
            "bad", "No balancer", f"The balancer of {name} does not answer", remedy, balancer["trouble"]
        )
    if not status["ready"]:
        waits = f"; {plural(balancer['queue'], 'request waits', 'requests wait')}" if balancer["queue"] else ""
        return ScalingVerdict("warning", "Starting", f"No worker of {name} is ready yet{waits}")
    return _of_load(name, row, status) or _right(name, status)


def _broken(name: str, status: Row) -> ScalingVerdict:
    broken = status["broken"]
    left = f"{plural(status['ready'], 'worker')} of before {'serves' if status['ready'] == 1 else 'serve'} on"
    words = f"The workers of {name} die at their start: {left if status['ready'] else 'nobody serves'}"
    remedy = "mend what they said last; one is tried again now and then, and a reload tries at once"
    return ScalingVerdict("bad", "Broken", words, remedy, broken["reason"])


def _of_load(name: str, row: Row, status: Row) -> ScalingVerdict | None:
    """What keeps it from following its load; None where nothing does."""
    balancer, decision = status["balancer"], status["decision"]
    refused, rule = balancer["refused_per_s"], (decision or {}).get("rule")
    bound = _bound(decision) if decision else ""
    would = f"the policy would have {decision['wanted']}" if decision and decision["wanted"] != status["wanted"] else ""
    if refused:
        held = would if status["paused"] and decision and decision["wanted"] > status["wanted"] else ""
        why = f"its scaling is paused, and {held}" if held else f"of its workers {bound}" if bound else NO_ROOM
        share = f"{format_rate(refused)} of {format_rate(balancer['rate_per_s'])}"
        remedy = "resume it below" if held else _room(decision, status)
        return ScalingVerdict("bad", "Shedding", f"Requests for {name} are refused, {share}: {why}", remedy)
    if status["paused"]:
        stays = stepped(status["wanted"], status["wanted"])
        words = f"The scaling of {name} is paused: {stays}, whatever the load{f'; {would}' if would else ''}"
        lasted = format_duration(float(round(row["paused_s"])))
        return ScalingVerdict("warning", "Paused", words, f"resume it below; seen paused for {lasted}")
    if bound:
        queue = balancer["queue"]
        waits = f"; {plural(queue, 'request waits', 'requests wait')}" if queue else ""
        words = f"Of the workers of {name} {bound}{waits}"
        return ScalingVerdict("warning", BOUND[str(rule)], words, _room(decision, status))
    return None


def _bound(decision: Row) -> str:
    """Which limit keeps it from what its load asks for, in the decision's own words; "" for none."""
    return str(decision["because"]) if decision["rule"] in BOUND else ""


def _room(decision: Row | None, status: Row) -> str:
    connected, rule = status["limits"]["workers_connected"], (decision or {}).get("rule")
    if rule == "machine":
        return (
            "free memory of the machine, or move to a larger one: with another worker somebody would be killed for it"
        )
    if rule == "connections" or (connected is not None and connected <= status["wanted"]):
        return "use smaller pools or a pooler, or raise max_connections: more workers would exhaust them"
    return "allow more workers below, if machine and database carry them; else raise what one carries"


def _right(name: str, status: Row) -> ScalingVerdict:
    ready, wanted = status["ready"], status["wanted"]
    who = f"{plural(ready, 'worker')} of {name} {'carries' if ready == 1 else 'carry'}"
    rate = status["balancer"]["rate_per_s"]
    load = "the load" if rate is None else f"{format_rate(rate)}"
    one = (status["capacity"] or {}).get("one_per_s")
    could = (
        f" of the {format_rate(one * ready)} that {'it' if ready == 1 else 'they'} can"
        if one and rate is not None
        else ""
    )
    more = f"; {plural(wanted - ready, 'more is', 'more are')} on the way" if wanted > ready else ""
    word = "Growing" if wanted > ready else "Right"
    return ScalingVerdict("good", word, f"{who} {load}{could}{more}")
