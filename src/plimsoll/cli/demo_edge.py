"""`plimsoll demo --chapter edge`: a load without an edge and behind one, and rows changed by hand, told as they are."""

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING

import typer

from plimsoll.cli.exits import OK, code_of
from plimsoll.cli.run import carry_out
from plimsoll.core.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from plimsoll.core.summary import Summary
    from plimsoll.workflows.demo import Demo
    from plimsoll.workflows.demo_caching import Shown
    from plimsoll.workflows.run_request import RunRequest


def show_edge(found: "Demo", owner: str, loaded_as: str, duration_s: float, *, as_json: bool) -> None:
    """On the filled platform: has its changes written down, loads it, puts an edge before it, loads that."""
    from plimsoll.workflows import cache_changes
    from plimsoll.workflows import demo_edge as workflow
    from plimsoll.workflows.demo_caching import changed_by_hand, install_request
    from plimsoll.workflows.demo_tuning import begin_counting
    from plimsoll.workflows.edge_apart import edge_before

    def say(words: str) -> None:
        if not as_json:
            print(words, file=sys.stderr)

    edged = workflow.edged_of(found)
    asyncio.run(begin_counting(owner))
    say("1. the platform's database writes down which rows change: plimsoll cache install")
    asyncio.run(cache_changes.install(install_request(edged, owner), do=True))
    with edged.services(owner, loaded_as) as served:
        if served.url is None:
            raise RefusedError("the platform is not served", why="; ".join(served.lines))
        os.environ.update(edged.publish(owner, served.url))
        say(f"2. {found.users} users read what the platform has published")
        before = _loaded(found, served.url, owner, duration_s, as_json=as_json)
        with edge_before(served.url, loaded_as) as edge:
            say(f"3. the same load by way of {edge.url}: plimsoll edge serve --origin {served.url} --database …")
            began = edge.counted()
            after = _loaded(found, edge.url, owner, duration_s, as_json=as_json)
            counted = edge.counted().since(began)
            say(f"4. {workflow.CHANGES} rows changed by hand, as psql does, and read by way of the edge")
            changing = edged.changing(owner, edge.url)
            seen = asyncio.run(changed_by_hand(changing, owner, workflow.CHANGES, workflow.READ_FOR_S))
    if as_json:
        print(json.dumps(workflow.to_json(before, after, counted, seen)))
        return
    _table(workflow.lines(before, after, counted))
    if overloaded := workflow.overload_words(before, after):
        print(overloaded)
    print(workflow.seen_words(seen))
    print(f"both runs were kept: plimsoll compare {before.summary.run_id} {after.summary.run_id}")
    print(workflow.NEXT)


def _loaded(found: "Demo", url: str, owner: str, duration_s: float, *, as_json: bool) -> "Shown":
    """Leaves with the run's own exit code where that was interrupted or refused."""
    from plimsoll.workflows import demo_edge as workflow
    from plimsoll.workflows.demo_caching import loaded

    def go(request: "RunRequest") -> "Summary":
        return carry_out(request, as_json=as_json).summary

    shown = loaded(workflow.load_request(found, url, duration_s), owner, go)
    if shown.summary.stopped_by == "interrupted":
        raise typer.Exit(code_of(shown.summary) or OK)
    return shown


def _table(rows: "Iterable[tuple[str, str, str, str]]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("", "without", "with an edge", "", box=None)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
