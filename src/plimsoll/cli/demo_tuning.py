"""`plimsoll demo --chapter tune`: the load line, what tuning finds, and the load line with that."""

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import typer

from plimsoll.cli.exits import OK
from plimsoll.cli.find import carry_out as find
from plimsoll.cli.find import code_of_search
from plimsoll.cli.printing import print_view
from plimsoll.cli.tune import carry_out as tune
from plimsoll.cli.tune import code_of_tuning
from plimsoll.cli.tune_apply import carry_out as apply
from plimsoll.cli.tune_apply import code_of_apply

if TYPE_CHECKING:
    from plimsoll.core.load_line import LoadLine
    from plimsoll.core.tuning.advice import Tuning
    from plimsoll.workflows.demo import Demo


def show_tuning(found: "Demo", owner: str, loaded_as: str, *, as_json: bool) -> None:
    """On the filled platform: finds its load line, tunes its database, applies what was proved, finds it again."""
    from plimsoll.workflows import demo_tuning as workflow

    def say(words: str) -> None:
        if not as_json:
            print(words, file=sys.stderr)

    asyncio.run(workflow.begin_counting(owner))
    say("1. the load line as it is")
    before = _line(found, owner, loaded_as, as_json=as_json)
    say("2. what would raise it, measured on a copy")
    result = tune(asyncio.run(workflow.advice_request(found, owner)), as_json=as_json)
    _advice(result.tuning, as_json=as_json)
    say(f"kept in {result.kept}")
    say("3. applied to the database")
    applied = apply(workflow.apply_request(owner, result.tuning), as_json=as_json)
    if code_of_apply(applied) != OK:
        raise typer.Exit(code_of_apply(applied))
    say("4. the load line with it")
    after = _line(found, owner, loaded_as, as_json=as_json)
    if as_json:
        made = {"before": before.to_json(), "after": after.to_json(), "tuning": result.tuning.id}
        print(json.dumps(made))
    else:
        print(workflow.raised(before, after))


def _line(found: "Demo", owner: str, loaded_as: str, *, as_json: bool) -> "LoadLine":
    """Leaves with the search's own exit code where it ends without a line."""
    from plimsoll.report.load_line.terminal import line_view
    from plimsoll.workflows.demo_tuning import line_request

    result = find(line_request(found, loaded_as, owner), as_json=as_json)
    if not as_json:
        print_view(line_view(result.line, None))
    if result.interrupted or result.error is not None or result.line.rate_per_s is None:
        raise typer.Exit(code_of_search(result))
    return result.line


def _advice(tuning: "Tuning", *, as_json: bool) -> None:
    """Leaves where there is none. What comes next is done here: the database is gone in the end."""
    from plimsoll.report.tuning.terminal import tuning_view

    if not as_json:
        print_view(tuning_view(tuning, to_do=False))
    if code_of_tuning(tuning) != OK:
        raise typer.Exit(code_of_tuning(tuning))
