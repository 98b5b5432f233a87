"""Which files have their content's hash in their names: a build's manifest tells it. Pure.

Vite's `.vite/manifest.json`, webpack's (webpack-manifest-plugin, create-react-app's `asset-manifest.json`) and Django's
`staticfiles.json`. Being listed is not enough, since every build can be told to leave hashes out: a name counts where
it has a part that looks drawn by chance and that its source does not have.
"""

import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from plimsoll.core.errors import UsageError

USUAL: Final = (".vite/manifest.json", "asset-manifest.json", "staticfiles.json", "manifest.json")
MANIFEST_BYTES_MAX: Final = 16 * 2**20
NAMES_MAX: Final = 200_000

_TOKEN: Final = re.compile(r"[.\-_]([A-Za-z0-9_-]{8,64})(?=\.)")
_CLASSES: Final = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]"))


class Told(NamedTuple):
    """Relative names within the folder: `hashed` ones, and in `vain` those that lead out of it or have a backslash."""

    hashed: frozenset[str]
    vain: frozenset[str]


def names_told(text: str | bytes, *, where: str, base: str = "") -> Told:
    """`base` is what the build put before names (Vite's `base`, "/static/").

    Raises UsageError for what is no manifest, or has more than 200,000 names.
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _wrong(where, f"it is no JSON: {str(error)[:100]}") from None
    if not isinstance(told, dict):
        raise _wrong(where, "it is no JSON object")
    named = [(source, name) for source, output in _pairs(told) if (name := _relative(output, base))]
    hashed = frozenset(name for source, name in named if _is_hashed(source, name))
    if len(hashed) > NAMES_MAX:
        raise _wrong(where, f"it lists more than {NAMES_MAX:,} files")
    return Told(hashed, frozenset(name for _, name in named if _leads_out(name)))


def _pairs(told: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Sources, "" where they are not told, and what became of them."""
    for key in ("paths", "files"):  # Django's, create-react-app's
        if isinstance(inner := told.get(key), dict):
            told = inner
    for source, value in told.items():
        if isinstance(value, str):
            yield source, value
        elif isinstance(value, dict):
            yield from _of_chunk(source, value)


def _of_chunk(source: str, chunk: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Vite's form: https://vite.dev/guide/backend-integration."""
    named = chunk.get("src")
    if isinstance(file := chunk.get("file"), str):
        yield (named if isinstance(named, str) else source), file
    for key in ("css", "assets"):
        if isinstance(several := chunk.get(key), list):
            yield from (("", one) for one in several if isinstance(one, str))


def _relative(output: str, base: str) -> str:
    name = output.partition("?")[0].partition("#")[0]
    name = name.removeprefix(base) if base else name
    return "" if "://" in name else name.lstrip("/")


def _leads_out(name: str) -> bool:
    """A web application's manifest has the same name, and says things that are no files: those are nothing to tell."""
    return ".." in name.split("/") or "\\" in name


def _is_hashed(source: str, name: str) -> bool:
    last = name.rpartition("/")[2]
    if _stem(source) == _stem(last) and not source.startswith("_"):  # Vite's shared chunks are called by their outputs
        return False
    return any(_is_drawn(found[1]) for found in _TOKEN.finditer(last))


def _stem(path: str) -> str:
    return path.rpartition("/")[2].partition("?")[0].rpartition(".")[0]


def _is_drawn(token: str) -> bool:
    """Of two kinds of letters and digits at least: a word has one, as has a date."""
    return sum(1 for kind in _CLASSES if kind.search(token)) >= 2


def _wrong(where: str, why: str) -> UsageError:
    return UsageError("cannot read the build's manifest", where=where, why=why, remedy="name the build's, or none")
