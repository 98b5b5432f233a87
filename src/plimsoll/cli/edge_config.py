"""`plimsoll edge config nginx|varnish`: configuration for who has one of them in front."""

import json
from typing import Annotated

import typer

Names = Annotated[
    list[str] | None, typer.Option("--name", help="A host to answer for. Repeatable; default: any.", show_default=False)
]


def add_to(parent: typer.Typer) -> None:
    parent.command("config")(config)


def config(
    server: Annotated[str, typer.Argument(help="nginx or varnish.", show_default=False)],
    origin: Annotated[str, typer.Option(help="The application: http://HOST:PORT.", show_default=False)],
    listen: Annotated[str, typer.Option(help="Where the server listens.")] = "127.0.0.1:8080",
    name: Names = None,
    scheme: Annotated[str, typer.Option(help="What clients use: https where TLS ends before it.")] = "http",
    token_file: Annotated[
        str, typer.Option(help="Holds the token of who may purge, on the server's machine.")
    ] = "/etc/plimsoll/edge-token",  # noqa: S107  # where it is
    purge_from: Annotated[
        list[str] | None,
        typer.Option(help="A network that may purge beside the machine itself. Repeatable.", show_default=False),
    ] = None,
    cache: Annotated[str, typer.Option(help="nginx: the folder of what is kept.")] = "/var/cache/nginx/plimsoll",
    size: Annotated[str, typer.Option(help="How much is kept, as 512m or 2g.")] = "1g",
    as_json: Annotated[bool, typer.Option("--json", help="The same within JSON.")] = False,
) -> None:
    """Print configuration that caches by the edge's rules in front of an application, and is purged by tag.

    Nothing is installed or started. nginx needs its Lua module, Varnish varnish-modules; the text says how to get them.

    Example: plimsoll edge config nginx --origin http://127.0.0.1:8000 --name www.example.com
    """
    from plimsoll.core.errors import UsageError
    from plimsoll.edge.printing.front import Front, address_of_origin, address_to_listen, networks
    from plimsoll.edge.printing.nginx import nginx
    from plimsoll.edge.printing.varnish import varnish

    printing = {"nginx": nginx, "varnish": varnish}.get(server)
    if printing is None:
        raise UsageError(f'"{server}" is no server that is known', why="there are nginx and varnish", remedy="nginx")
    front = Front(
        address_of_origin(origin),
        address_to_listen(listen),
        tuple(name or ()),
        scheme,
        token_file,
        cache,
        size,
        networks(purge_from or ()),
    )
    text = printing(front)
    print(json.dumps({"server": server, "configuration": text}) if as_json else text, end="\n" if as_json else "")
