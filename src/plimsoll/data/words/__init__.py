"""Words of languages, and names of people and places: what plausible values are made of. Our own lists."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def words() -> dict[str, tuple[str, ...]]:
    """Common words by language ("en"), the commonest first."""
    return {language: tuple(text.split()) for language, text in _read("languages.toml").items()}


@cache
def names(kind: str) -> tuple[str, ...]:
    """Names of a kind ("given", "surnames", "cities", …), the commoner first. Raises KeyError for an unknown kind."""
    return tuple(_read("names.toml")[kind].strip().splitlines())


@cache
def _read(name: str) -> dict[str, str]:
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))
