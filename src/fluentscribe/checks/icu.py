"""ICU messages: read, so that two can be compared; and what is wrong with the syntax of one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

CHOICE = re.compile(r"\{\s*[\w.]{1,60}\s*,\s*(?:plural|select|selectordinal)\s*,")
_HEAD = re.compile(r"\{\s*([\w.]{1,60})\s*(?:\}|,\s*(\w+)\s*)")
_OFFSET = re.compile(r"\s*offset:\d+")
_KEY = re.compile(r"\s*(=\d+|[\w-]{1,60})\s*\{")
_SPACE = re.compile(r"\s*")
_QUOTED = re.compile(r"'[{}|#][^']*'?")

# Choices within choices beyond this are refused: people write three at most.
DEPTH_MAX = 8


class Malformed(Exception):
    """Not an ICU message; `at` is the character where it went wrong."""

    def __init__(self, at: int, reason: str) -> None:
        super().__init__(reason)
        self.at = at
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Choice:
    """`{name, plural, one {…} other {…}}`: its keys, and where it begins."""

    name: str
    kind: str
    keys: tuple[str, ...]
    at: int


@dataclass(slots=True)
class Message:
    """What a message holds, of all its branches."""

    names: set[str]
    choices: list[Choice]


def read(text: str) -> Message:
    """Raises Malformed."""
    message = Message(set(), [])
    end = _branch(text, 0, 0, message)
    if end < len(text):
        raise Malformed(end, "a brace closes that was not opened")
    return message


def _branch(text: str, at: int, depth: int, into: Message) -> int:
    """Reads up to the brace that closes the branch, or the end. Returns where that is."""
    if depth > DEPTH_MAX:
        raise Malformed(at, f"nested more than {DEPTH_MAX} deep")
    while at < len(text) and text[at] != "}":
        if text[at] == "{":
            at = _argument(text, at, depth, into)
        else:
            quoted = _QUOTED.match(text, at) if text[at] == "'" else None
            at = quoted.end() if quoted else at + 1
    return at


def _argument(text: str, at: int, depth: int, into: Message) -> int:
    head = _HEAD.match(text, at)
    if head is None:
        raise Malformed(at, "a brace without a name")
    into.names.add(head[1])
    if head[2] in ("plural", "select", "selectordinal"):
        return _choice(text, head, depth, into)
    end = head.end() if head[0].endswith("}") else text.find("}", head.end()) + 1
    if not end:
        raise Malformed(at, "a brace is not closed")
    return end


def _choice(text: str, head: re.Match[str], depth: int, into: Message) -> int:
    at = head.end()
    if text[at : at + 1] != ",":
        raise Malformed(at, f"{head[2]} has no cases")
    at += 1
    offset = _OFFSET.match(text, at)
    at = offset.end() if offset else at
    keys: list[str] = []
    while key := _KEY.match(text, at):
        keys.append(key[1])
        at = _branch(text, key.end(), depth + 1, into)
        if at >= len(text):
            raise Malformed(head.start(), f"the case {key[1]!r} is not closed")
        at += 1
    return _closed(text, at, head, keys, into)


def _closed(text: str, at: int, head: re.Match[str], keys: list[str], into: Message) -> int:
    space = _SPACE.match(text, at)
    at = space.end() if space else at
    if text[at : at + 1] != "}":
        raise Malformed(min(at, len(text)), f"{head[1]} is not closed, or a case has no braces")
    into.choices.append(Choice(head[1], head[2], tuple(keys), head.start()))
    return at + 1


def faults(target: Message, source: Message, has: frozenset[str], needs: frozenset[str]) -> Iterator[tuple[int, str]]:
    """What is wrong with the target's choices, where; `has` and `needs` are the language's plural categories."""
    wanted = {choice.name: choice for choice in source.choices}
    for choice in target.choices:
        model = wanted.get(choice.name)
        said = _fault(choice, model, has, needs)
        if said:
            yield choice.at, said
    for name in sorted(wanted.keys() - {choice.name for choice in target.choices}):
        yield 0, f"the {wanted[name].kind} of {name} is missing"


def _fault(choice: Choice, model: Choice | None, has: frozenset[str], needs: frozenset[str]) -> str:
    if model is None:
        return f"the source has no {choice.kind} of {choice.name}"
    if model.kind != choice.kind:
        return f"{choice.name} is a {choice.kind}, in the source a {model.kind}"
    if "other" not in choice.keys:
        return f"{choice.name} has no case 'other'"
    if choice.kind == "select":
        differing = set(choice.keys) ^ set(model.keys)
        return f"{choice.name}: the cases {', '.join(sorted(differing))} are not on both sides" if differing else ""
    return _fault_of_plural(choice, has, needs)


def _fault_of_plural(choice: Choice, has: frozenset[str], needs: frozenset[str]) -> str:
    named = {key for key in choice.keys if not key.startswith("=")}
    if choice.kind == "selectordinal":
        return ""
    if unknown := named - has:
        return f"{choice.name}: the language has no plural {', '.join(sorted(unknown))}"
    exact = {"=0": "zero", "=1": "one", "=2": "two"}
    given = named | {exact[key] for key in choice.keys if key in exact}
    lacking = needs - given
    return f"{choice.name}: the plural {', '.join(sorted(lacking))} is missing" if lacking else ""
