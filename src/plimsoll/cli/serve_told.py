"""What `plimsoll serve` is told: by options, else by its table in plimsoll.toml, else by defaults."""

import re
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import typer

from plimsoll.core.errors import UsageError

FILE: Final = "plimsoll.toml"
PATHS: Final = ("certificate", "key", "figures_token_file")
ON_THE_COMMAND_LINE: Final = "COMMANDLINE"
_OPTION: Final = re.compile(r"--([a-z][a-z-]*)")


@dataclass(frozen=True)
class Told:
    """`options` has a value for each. `stated` are those that the file's table, `source`, says, and no option does."""

    application: Sequence[str]
    name: str
    options: Namespace
    stated: frozenset[str] = frozenset()
    source: str = ""

    @contextmanager
    def placing(self) -> Iterator[None]:
        """A mistake of the file's is placed there."""
        try:
            yield
        except UsageError as error:
            named = (found[1].replace("-", "_") for found in _OPTION.finditer(error.what))
            key = next((one for one in named if one in self.stated), None)
            if error.where or not self.stated or (key is None and _OPTION.search(error.what)):
                raise
            where = f"{self.source} {key or 'or an option'}"
            raise UsageError(error.what, where=where, why=error.why, remedy=error.remedy) from None


def told_of(context: typer.Context) -> Told:
    """Raises UsageError."""
    values = dict(context.params)
    config, words, name = values.pop("config"), values.pop("application"), values.pop("name")
    file = config or Path(FILE)
    tables = _tables(file, must=config is not None)
    name = name or (name_of(words[0]) if words else _only(tables, file))
    table = dict(tables.get(name, {}))
    words = words or table.get("application")
    table.pop("application", None)
    if not words:
        raise _nothing(name, tables, file)
    given = {one for one in values if getattr(context.get_parameter_source(one), "name", "") == ON_THE_COMMAND_LINE}
    stated = {one: Path(value) if one in PATHS else value for one, value in table.items() if one not in given}
    source = f"{file}, [serve.{name}]" if name in tables else ""
    return Told(words, name, Namespace(**{**values, **stated}), frozenset(stated), source)


def _tables(file: Path, *, must: bool) -> Mapping[str, Mapping[str, Any]]:
    from plimsoll.settings.serve_apart import serve_tables

    return serve_tables(file) if must or file.exists() else {}


def _only(tables: Mapping[str, Any], file: Path) -> str:
    """The name of the only table, as no application and no name is given."""
    if len(tables) != 1:
        raise _nothing("", tables, file)
    return next(iter(tables))


def _nothing(name: str, tables: Mapping[str, Any], file: Path) -> UsageError:
    known = f"{file} has {', '.join(f'[serve.{one}]' for one in tables)}" if tables else f"{file} has no [serve.NAME]"
    if name in tables:
        known = f"{file}, [serve.{name}] says neither application nor command"
    remedy = "plimsoll serve --name NAME, of those" if len(tables) > 1 else "plimsoll serve module:app"
    return UsageError("what is to be served?", why=known, remedy=remedy)


def name_of(word: str) -> str:
    """shop-main of shop.main:app; the program's of a command."""
    plain = word.partition(":")[0].rsplit("/", 1)[-1].lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")[:32] or "app"
