"""`plimsoll cache advise`: which statements of a database could be answered from a cache, and why others not."""

import json
from typing import Annotated

import typer

from plimsoll.cli.planned import Config, Dsn, Env, Json, print_lines


def add_to(group: typer.Typer) -> None:
    group.command("advise")(advise)


def advise(
    statements: Annotated[int, typer.Option(min=1, max=1_000, help="So many, those that took most time.")] = 50,
    trust: Annotated[
        list[str] | None,
        typer.Option(metavar="SCHEMA.FUNCTION", help="A function that reads no tables. Repeatable."),
    ] = None,
    env: Env = None,
    dsn: Dsn = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Say which statements of a database a cache could answer, by which tags, and what to watch for that.

    Takes what pg_stat_statements has, and has the server plan it: nothing is executed, nothing changes. Tables that are
    not watched are taken as if they were, by their primary keys. What is refused is told with its reason.

    Exit codes: 0 fine; 2 wrong usage; 3 the server does not tell what it is asked.

    Example: plimsoll cache advise --dsn env:DATABASE_URL
    """
    from plimsoll.cli.seed_options import where_of
    from plimsoll.workflows.cache_advise import run

    found = run(where_of(config, env, dsn, ()), statements, trust or ())
    if as_json:
        print(json.dumps(found.to_json()))
    else:
        print_lines(found.lines())
