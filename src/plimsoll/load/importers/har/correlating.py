"""Which values of later requests come out of earlier answers, where that can be told surely. Pure.

A value made by a machine (a token, a UUID) is known again wherever it stands. A number is known again only as the
identifier of the same thing: `{"id": 17}` of POST /projects in /projects/17, not in ?page=17. What a request sent
before any answer had it is the client's own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from plimsoll.load.importers.har.choosing import Step
from plimsoll.load.importers.har.pages import located
from plimsoll.load.importers.har.payload import Payload
from plimsoll.load.importers.har.places import Place
from plimsoll.load.importers.har.replies import places_of
from plimsoll.load.importers.har.uses import Use, uses_of
from plimsoll.load.importers.har.words import is_id_name, words_of
from plimsoll.load.importers.source import Names

KNOWN_MAX = 500_000  # values of all answers; later ones are not looked for
_TOKENS = (re.compile(r"[\w.~+/=-]{8,}"), re.compile(r"[\w.~-]{8,}"), re.compile(r"[0-9A-Za-z]{8,}"))
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(slots=True)
class Variable:
    """A value that a step's answer brings and later steps send. `name` is given when all are known."""

    place: Place
    source: int  # the step, from 0
    last: int = 0  # the last step that sends it
    is_sent: bool = False  # whether the scenario says it anywhere
    name: str = ""

    @property
    def code(self) -> str:
        return self.place.code if self.place.is_cookie else self.name


@dataclass(slots=True)
class Links:
    """`tokens`: by step, texts that are variables wherever they stand. `numbers`: by step and use."""

    tokens: dict[int, dict[str, Variable]] = field(default_factory=dict)
    numbers: dict[tuple[int, Use], Variable] = field(default_factory=dict)
    variables: list[Variable] = field(default_factory=list)

    def extracted(self, step: int) -> list[Variable]:
        """What has to be taken out of a step's answer, once all calls have been written."""
        return [each for each in self.variables if each.source == step and each.is_sent and not each.place.is_cookie]


@dataclass(slots=True)
class _Known:
    """What the answers so far have brought."""

    tokens: dict[str, tuple[int, Place]] = field(default_factory=dict)
    numbers: dict[tuple[str, str], tuple[int, Place]] = field(default_factory=dict)  # by value and noun
    own: set[str | tuple[str, str]] = field(default_factory=set)  # what requests had first
    made: dict[tuple[int, str], Variable] = field(default_factory=dict)

    def learn(self, step: int, place: Place) -> None:
        value = str(place.value)
        if value in self.own or len(self.tokens) + len(self.numbers) >= KNOWN_MAX:
            return
        if place.tells:
            known = self.tokens.get(value)
            if known is None or (place.is_cookie and known[0] == step):
                self.tokens[value] = (step, place)
        elif place.is_number and (value, place.noun) not in self.own:
            self.numbers.setdefault((value, place.noun), (step, place))

    def located(self, token: str) -> tuple[int, Place] | None:
        """Where a token came from; one that cannot be got at is known no more."""
        step, place = self.tokens.pop(token, (0, None))
        place = located(place) if place else None
        if place is None:
            return None
        self.tokens[token] = (step, place)
        return step, place


def correlate(steps: Sequence[Step], payloads: Sequence[Payload]) -> Links:
    links, known = Links(), _Known()
    for at, (step, payload) in enumerate(zip(steps, payloads, strict=True)):
        for use in uses_of(step.request, payload):
            _link(at, use, known, links)
        for place in places_of(step):
            known.learn(at, place)
    _name(links.variables)
    return links


def _link(at: int, use: Use, known: _Known, links: Links) -> None:
    for token in _tokens(use):
        found = known.located(token)
        if found:
            links.tokens.setdefault(at, {})[token] = _variable(at, *found, known, links)
        else:
            known.own.add(token)
    if not _identifies(use):
        return
    number = known.numbers.get((str(use.value), use.noun))
    if number:
        links.numbers[at, use] = _variable(at, *number, known, links)
    else:
        known.own.add((str(use.value), use.noun))


def _identifies(use: Use) -> bool:
    """Whether a number there is an identifier."""
    return bool(use.noun) and str(use.value).isdigit() and (use.where == "path" or is_id_name(use.name))


def _tokens(use: Use) -> list[str]:
    """The whole text, and the words in it that may be known."""
    if not isinstance(use.value, str) or len(use.value) < 6:
        return []
    inside = [token for pattern in (*_TOKENS, _UUID) for token in pattern.findall(use.value)]
    return list(dict.fromkeys([use.value, *inside]))


def _variable(at: int, source: int, place: Place, known: _Known, links: Links) -> Variable:
    key = (source, place.code)
    if key not in known.made:
        known.made[key] = Variable(place, source)
        links.variables.append(known.made[key])
    known.made[key].last = at
    return known.made[key]


def _name(variables: list[Variable]) -> None:
    """A name for each; one that is not sent any more gives its name to its successor."""
    names = Names(("field", "between", "unquote", "os", "re", "html", "time", "name", "value", "kind", "path"))
    current: dict[str, Variable] = {}
    for each in sorted((one for one in variables if not one.place.is_cookie), key=lambda one: one.source):
        label = _label(each.place)
        before = current.get(label)
        each.name = before.name if before and before.last <= each.source else names.make(label, otherwise="value")
        current[label] = each


def _label(place: Place) -> str:
    words = words_of(place.name)
    if words[:1] == ["x"]:
        words = words[1:]
    if len(words) < 2 and place.noun and place.noun not in words:
        words = [place.noun, *words]
    return "_".join(words)
