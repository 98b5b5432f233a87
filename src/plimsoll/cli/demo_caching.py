"""`plimsoll demo --chapter cache`: a load without a cache and with one, and a row changed by hand, served right."""

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import typer

from plimsoll.cli.exits import OK, code_of
from plimsoll.cli.run import carry_out
from plimsoll.core.errors import RefusedError

if TYPE_CHECKING:
    from plimsoll.core.summary import Summary
    from plimsoll.workflows.demo import Demo
    from plimsoll.workflows.demo_caching import Place, Seen, Shown
    from plimsoll.workflows.run_request import RunRequest


def show_caching(found: "Demo", owner: str, loaded_as: str, duration_s: float, *, as_json: bool) -> None:
    """On the filled platform: loads it as it is, has its changes written down, loads it with its cache."""
    from plimsoll.workflows import cache_changes
    from plimsoll.workflows import demo_caching as workflow
    from plimsoll.workflows.demo_tuning import begin_counting

    def say(words: str) -> None:
        if not as_json:
            print(words, file=sys.stderr)

    cached, plain = workflow.caching_of(found), workflow.Place(owner, loaded_as)
    asyncio.run(begin_counting(owner))
    asyncio.run(workflow.tuned(cached, owner))
    copy = asyncio.run(workflow.copied(plain))
    advised = ", with the indexes that plimsoll tune advises" if cached.indexes else ""
    say(f"1. the platform as it is{advised}, under {found.users} users")
    before = _loaded(found, plain, duration_s, cache=False, as_json=as_json)
    say("2. a copy of its database, made before that load, writes down which rows change: plimsoll cache install")
    installed = asyncio.run(cache_changes.install(workflow.install_request(cached, copy.owner), do=True))
    for line in installed.lines():
        say(f"   {line}")
    say("3. the same load on the copy, answered from memory")
    after = _loaded(found, copy, duration_s, cache=True, as_json=as_json)
    say("4. rows changed by hand, as psql does, and read through the platform")
    seen = _by_hand(found, copy)
    if as_json:
        print(json.dumps({"before": before.to_json(), "after": after.to_json(), "by_hand": seen.to_json()}))
        return
    _table(before, after)
    if overloaded := workflow.overload_words(before, after):
        print(overloaded)
    print(workflow.seen_words(seen))
    print(workflow.NEXT)


def _loaded(found: "Demo", place: "Place", duration_s: float, *, cache: bool, as_json: bool) -> "Shown":
    """Leaves with the run's own exit code where that was interrupted or refused."""
    from plimsoll.workflows import demo_caching as workflow

    def go(request: "RunRequest") -> "Summary":
        return carry_out(request, as_json=as_json).summary

    with workflow.served(workflow.caching_of(found), *place, cache=cache) as served:
        if served.url is None:
            raise RefusedError("the platform is not served", why="; ".join(served.lines))
        shown = workflow.loaded(workflow.load_request(found, served.url, duration_s), place.owner, go)
    if shown.summary.stopped_by == "interrupted":
        raise typer.Exit(code_of(shown.summary) or OK)
    return shown


def _by_hand(found: "Demo", place: "Place") -> "Seen":
    from plimsoll.workflows import demo_caching as workflow

    cached = workflow.caching_of(found)
    with workflow.served(cached, *place, cache=True) as served:
        if served.url is None:
            raise RefusedError("the platform is not served", why="; ".join(served.lines))
        return asyncio.run(workflow.changed_by_hand(cached.changing(place.owner, served.url), place.owner))


def _table(before: "Shown", after: "Shown") -> None:
    from rich.console import Console
    from rich.table import Table

    from plimsoll.workflows.demo_caching import lines

    table = Table("", "without", "with a cache", "", box=None)
    for row in lines(before, after):
        table.add_row(*row)
    Console().print(table)
