"""`plimsoll edge purge`, `purger` and `retry`: asking for purges by hand, and sending all that wait."""

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli.planned import Allowed, Config, Dsn, Env, Json, Yes, print_lines
from plimsoll.cli.saying import say
from plimsoll.cli.signals import ended_by_signals

if TYPE_CHECKING:
    from plimsoll.edge.purge.wish import Kind, Wish

Edges = Annotated[
    list[str] | None,
    typer.Option("--edge", metavar="URL", help="Where an edge takes purges: http://…/.plimsoll/purge. Repeatable."),
]
Texts = list[str] | None


def add_to(group: typer.Typer) -> None:
    group.command("purge")(purge)
    group.command("purger")(purger)
    group.command("retry")(retry)


def purge(
    tag: Annotated[Texts, typer.Option(help="order:42, order:* for all of a family. Repeatable.")] = None,
    url: Annotated[Texts, typer.Option(help="One address, with its query. Repeatable.")] = None,
    prefix: Annotated[Texts, typer.Option(help="All addresses that begin so. Repeatable.")] = None,
    pattern: Annotated[Texts, typer.Option(help="All addresses that are so, * being anything. Repeatable.")] = None,
    host: Annotated[Texts, typer.Option(help="All of a host. Repeatable.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything.")] = False,
    hard: Annotated[bool, typer.Option("--hard", help="Gone, and not only stale.")] = False,
    edge: Edges = None,
    yes: Yes = False,
    env: Env = None,
    dsn: Dsn = None,
    config: Config = None,
    allow_protected: Allowed = None,
    as_json: Json = False,
) -> None:
    """Have what is stored at edges and CDNs count as stale, or with --hard, be gone.

    It is written into the outbox of a database, from which plimsoll edge purger sends it until each provider has
    acknowledged it. With --edge edges are told at once instead, with the token in PLIMSOLL_EDGE_TOKEN; what is not
    acknowledged then is an error. --all asks first.

    Exit codes: 0 done; 2 wrong usage; 3 refused, nothing was written, or not all edges have acknowledged.

    Example: plimsoll edge purge --tag order:42 --tag 'org:*'
    """
    from plimsoll.cli.seed_options import where_of
    from plimsoll.core.errors import UsageError
    from plimsoll.edge.purge.wish import Kind
    from plimsoll.workflows.edge_purging import purge as asked
    from plimsoll.workflows.edge_purging import purge_edges

    kinds = {Kind.TAG: tag, Kind.URL: url, Kind.PREFIX: prefix, Kind.PATTERN: pattern, Kind.HOST: host}
    wishes = _wishes({kind: texts or [] for kind, texts in kinds.items()}, everything=everything, hard=hard)
    if edge and (env or dsn):
        why = "an edge is told itself, a database has others told"
        raise UsageError("--edge or a database?", why=why, remedy="leave one of them out")
    if everything and not yes and not _agreed():
        return
    if edge:
        done = asyncio.run(purge_edges(edge, os.environ, wishes))
    else:
        done = asyncio.run(asked(where_of(config, env, dsn, allow_protected or ()), wishes))
    if as_json:
        print(json.dumps(done.to_json()))
    else:
        print_lines(done.lines())


def purger(
    provider: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this one. Repeatable. Default: all that are known.")
    ] = None,
    edge: Edges = None,
    env: Env = None,
    dsn: Dsn = None,
    config: Config = None,
    allow_protected: Allowed = None,
) -> None:
    """Read the changelog and send what is to be purged, until Ctrl-C. Several may run, on several machines.

    Credentials are read from the environment only: PLIMSOLL_EDGE_TOKEN for --edge; CLOUDFLARE_API_TOKEN and
    CLOUDFLARE_ZONE_ID (PLIMSOLL_CLOUDFLARE_PLAN: free, pro, business or enterprise); FASTLY_API_TOKEN and
    FASTLY_SERVICE_ID. A provider that is away is tried again, for as long as it takes. Edges are purged before CDNs.

    Example: plimsoll edge purger --env prod --edge http://127.0.0.1:8080/.plimsoll/purge
    """
    from plimsoll.cli.seed_options import where_of
    from plimsoll.workflows.edge_purging import purging

    where = where_of(config, env, dsn, allow_protected or ())

    async def go() -> None:
        stop = asyncio.Event()
        with ended_by_signals(stop.set):
            await purging(where, tuple(provider or ()), tuple(edge or ()), stop, say)

    asyncio.run(go())


def retry(
    provider: Annotated[str | None, typer.Option(metavar="NAME", help="Only of this one.")] = None,
    env: Env = None,
    dsn: Dsn = None,
    config: Config = None,
    allow_protected: Allowed = None,
) -> None:
    """Have what was refused and parked sent again, when what was wrong is mended.

    Example: plimsoll edge retry --provider cloudflare
    """
    from plimsoll.cli.seed_options import where_of
    from plimsoll.core.check import counted
    from plimsoll.workflows.edge_purging import retry as tried

    where, number = asyncio.run(tried(where_of(config, env, dsn, allow_protected or ()), provider))
    print_lines([f"{counted(number, 'purge')} will be tried again, in {where}"])


def _wishes(texts: "dict[Kind, list[str]]", *, everything: bool, hard: bool) -> "tuple[Wish, ...]":
    from plimsoll.edge.purge.wish import checked_wishes, wish
    from plimsoll.edge.purge.wish import everything as all_of_it

    wishes = [wish(kind, text, hard=hard) for kind, stated in texts.items() for text in stated]
    return (all_of_it(hard=hard),) if everything else checked_wishes(wishes)


def _agreed() -> bool:
    from plimsoll.core.errors import UsageError

    if not sys.stdin.isatty():
        why = "then each answer has to come from the origin again, and stdin is no terminal to ask at"
        raise UsageError("is everything meant?", why=why, remedy="say --yes")
    if typer.confirm("Purge everything? Each answer has to come from the origin again.", err=True):
        return True
    print("nothing was done", file=sys.stderr)
    return False
