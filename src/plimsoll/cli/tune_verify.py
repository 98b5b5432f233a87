"""`plimsoll tune verify`: whether what was applied has kept its promise."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli.exits import INVALID, MISSED, OK
from plimsoll.cli.tune_apply import ROOT, Config, Dsn, Env, Json, TuningId, Tunings

if TYPE_CHECKING:
    from plimsoll.core.tuning.verified import Verified


def add_to(group: typer.Typer) -> None:
    group.command("verify")(verify)


def verify(
    tuning: TuningId = "latest",
    env: Env = None,
    dsn: Dsn = None,
    details: Annotated[bool, typer.Option("--details", help="Every statement of the workload.")] = False,
    tunings: Tunings = ROOT,
    config: Config = None,
    allow_protected: Annotated[list[str] | None, typer.Option(help="Read from this protected environment.")] = None,
    as_json: Json = False,
) -> None:
    """Compare each statement of the workload before and since plimsoll tune apply, with what was promised.

    Reads pg_stat_statements and how often the new indexes were scanned; changes nothing. A mean of fewer than 30 calls
    tells nothing, and what all statements do, no change has done: load, cache and data change, too.

    Exit codes: 0 better, or no worse; 2 wrong usage; 3 refused; 4 an important statement became slower; 5 it cannot
    be told, or all of it was taken back.

    Example: plimsoll tune verify

    Example: plimsoll tune verify 20261127-0315 --env prod --allow-protected prod --json
    """
    from plimsoll.cli.tune_where import where_of_tuning
    from plimsoll.workflows.tuning import verifying as workflow

    where, _ = where_of_tuning(tunings, tuning, config, env, dsn, allow_protected or ())
    found = asyncio.run(workflow.verify(workflow.VerifyRequest(where, tuning, tunings)))
    if as_json:
        from plimsoll.core.tuning.verified import verified_to_json

        print(json.dumps(verified_to_json(found)))
    else:
        from plimsoll.cli.printing import PIPED, print_view
        from plimsoll.report.tuning.verified import verified_view

        print_view(verified_view(found, details=details), piped=PIPED)
    raise typer.Exit(code_of_verify(found))


def code_of_verify(found: "Verified") -> int:
    """Worse is known for certain; what cannot be told comes after it."""
    if found.outcome == "worse":
        return MISSED
    return INVALID if found.outcome in ("unclear", "taken-back") else OK
