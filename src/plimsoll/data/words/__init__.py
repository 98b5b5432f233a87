"""Words of languages, and names of people and places: what plausible values are made of. Our own lists."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from itertools import zip_longest
from typing import Any, NamedTuple


class Place(NamedTuple):
    """A city with what is said of its country; in `postcode` and `phone` "#" is a digit, "@" a capital letter."""

    city: str
    region: str
    country: str
    code: str
    code3: str
    currency: str
    locale: str
    language: str
    zone: str
    postcode: str
    phone: str


@cache
def words() -> dict[str, tuple[str, ...]]:
    """Common words by language ("en"), the commonest first."""
    return {language: tuple(text.split()) for language, text in _read("languages.toml").items()}


@cache
def names(kind: str) -> tuple[str, ...]:
    """Names of a kind ("given", "surnames", "tags", …), the commoner first. Raises KeyError for an unknown kind."""
    return tuple(re.split(r"\s*[|\n]\s*", _read("names.toml")[kind].strip()))


@cache
def places() -> tuple[Place, ...]:
    """The greatest city of every country first, then the second ones, and so on."""
    countries = [[_place(country, city) for city in country["cities"]] for country in _read("places.toml")["country"]]
    return tuple(place for rank in zip_longest(*countries) for place in rank if place is not None)


def _place(country: dict[str, str], city: str) -> Place:
    name, _, region = city.partition("|")
    locale = country["locale"]
    rest = {key: country[key] for key in ("code", "code3", "currency", "zone", "postcode", "phone")}
    return Place(city=name, region=region, country=country["name"], locale=locale, language=locale[:2], **rest)


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))
