"""The numbers of a served application: each with its unit, its limit and its context."""

from plimsoll.core.units import UNKNOWN, format_count, format_ms, format_rate, format_share
from plimsoll.server.dashboard.figures import numbers_html
from plimsoll.server.dashboard.markup import Html
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.scaling_served import Row, answering, chosen
from plimsoll.server.reading.numbers import Number, Standing
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.say import plural


def scaling_numbers(reading: Reading, place: Place) -> Html:
    """Nothing where its supervisor does not answer: what it told last is not so now."""
    row, status = chosen(reading, place), answering(reading, place)
    if row is None or status is None:
        return Html("")
    shown = [*_load(status), _workers(status), *_balanced(status["balancer"]), _restarts(row["restarts"])]
    if status["database"] is not None:
        shown.append(_connections(status))
    return numbers_html(shown)


def _load(status: Row) -> tuple[Number, Number]:
    balancer, capacity = status["balancer"], status["capacity"] or {}
    rate, one = balancer["rate_per_s"], capacity.get("one_per_s")
    answered = f"{format_rate(balancer['served_per_s'])} answered by workers"
    load = Number("Load", format_rate(rate), _context(balancer, answered))
    if one is None:
        why = "not learned yet" if capacity.get("learned") else "this policy does not ask for it"
        return load, Number("Capacity", UNKNOWN, why)
    carried = one * status["ready"]
    share = f"{format_share(rate / carried)} in use · " if rate is not None and carried else ""
    known = f"{format_rate(one)} a worker, {'learned' if capacity['learned'] else 'as told'}"
    return load, Number("Capacity", format_rate(carried), f"{share}{known}")


def _workers(status: Row) -> Number:
    limits, fewer = status["limits"], status["ready"] < status["wanted"]
    least, most = limits["workers_min"], limits["workers_max"]
    allowed = f"{most} always" if limits["fixed"] or least == most else f"{least} to {most} allowed"
    context = f"of {format_count(status['wanted'])} wanted · {allowed}"
    return Number("Workers ready", format_count(status["ready"]), context, *(("doubt", "fewer") if fewer else ("", "")))


def _balanced(balancer: Row) -> tuple[Number, Number, Number]:
    refused, totals, latency = balancer["refused_per_s"], balancer["totals"], balancer["latency_ms"]
    waiting = f"{format_count(balancer['queue'])} of them wait for a worker"
    counted = f"{format_count(totals['refused'])} in all" if totals else ""
    if balancer["admit_per_s"] is not None:
        counted = " · ".join(part for part in (counted, f"{format_rate(balancer['admit_per_s'])} are let in") if part)
    shedding: tuple[Standing, str] = ("bad", "shedding") if refused else ("", "")
    whose = "none answered lately" if latency is None else "mean of the last 1,024"
    return (
        Number("In flight", format_count(balancer["in_flight"]), _context(balancer, waiting)),
        Number(
            "Refused",
            format_rate(refused),
            _context(balancer, counted),
            *shedding,
        ),
        Number("Time of a request", format_ms(latency), _context(balancer, whose)),
    )


def _context(balancer: Row, known: str) -> str:
    """Of what the balancer tells; else why it is not known."""
    if balancer["trouble"]:
        return "the balancer does not answer"
    return "the balancer was not asked yet" if balancer["in_flight"] is None else known


def _restarts(count: int) -> Number:
    return Number("Restarts", format_count(count), "within 5 min", *(("doubt", "again") if count else ("", "")))


def _connections(status: Row) -> Number:
    budget = status["database"]
    running = sum(one["pid"] is not None for one in status["workers"])
    taken, cap = budget["pool"] * running, budget["pool"] * budget["workers_max"]
    bound = (status["decision"] or {}).get("rule") == "connections"
    return Number(
        "Database connections",
        f"{format_count(taken)} of {format_count(cap)}",
        f"pools of {budget['pool']}, for {plural(budget['workers_max'], 'worker')}",
        "doubt" if bound else "",
        "all taken" if bound else "",
    )
