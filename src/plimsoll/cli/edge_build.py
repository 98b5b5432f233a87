"""`plimsoll edge build FOLDER`: what is delivered from a folder, compressed once."""

import json
import sys
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from plimsoll.edge.static.building import Built

NAMES_SHOWN_MAX = 10


def add_to(parent: typer.Typer) -> None:
    parent.command("build")(build)


def build(
    folder: Annotated[Path, typer.Argument(help="The folder that is delivered.", show_default=False)],
    coding: Annotated[
        list[str] | None, typer.Option(help="br, zstd or gzip. Repeatable; default: all of them.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="What was found and done, as JSON.")] = False,
) -> None:
    """Compress the files of a folder above 1 KB once, where that makes them smaller, for `edge serve --static FOLDER`.

    Variants go into its hidden folder .plimsoll-edge, which nobody can ask for; files themselves are not touched.
    A variant whose source has changed is never delivered, and removed by the next build.

    Example: plimsoll edge build dist
    """
    from plimsoll.edge.static.building import build as built
    from plimsoll.edge.static.building import known_codings

    found = built(folder, known_codings(coding or ()), _tell)
    if as_json:
        print(json.dumps(asdict(found)))
    else:
        _say(folder, found)


def _tell(name: str) -> None:
    """How far it is, on a terminal: large files take seconds."""
    if sys.stderr.isatty():
        from plimsoll.core.visible import visible

        print(f"compressed {visible(name)}", file=sys.stderr)


def _say(folder: Path, found: "Built") -> None:
    from plimsoll.core.units import format_bytes
    from plimsoll.core.visible import visible

    sizes = f": {format_bytes(found.packed_bytes)} become {format_bytes(found.smallest_bytes)}" if found.packed else ""
    print(f"{visible(str(folder))}: {found.files:,} files, {found.packed:,} smaller when compressed{sizes}")
    print(f"variants: {found.made:,} made, {found.kept:,} kept, {found.removed:,} of changed or removed files dropped")
    for policy, count in sorted(found.policies.items(), key=lambda one: -one[1]):
        print(f"{count:>7,} {policy}")
    if found.left_out:
        for name, why in islice(found.left_out.items(), NAMES_SHOWN_MAX):
            print(f"left out: {visible(name)}: {visible(why)}", file=sys.stderr)
        more = len(found.left_out) - NAMES_SHOWN_MAX
        if more > 0:
            print(f"left out: {more:,} more (--json names them)", file=sys.stderr)
