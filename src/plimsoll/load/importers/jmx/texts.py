"""JMeter's texts: `GET /a/${id}?n=${__Random(1,9)}` as pieces. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variable:
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """`${__name(a,b)}`; each argument is pieces again. `text` is how it stood there."""

    name: str
    arguments: tuple[Pieces, ...]
    text: str


Piece = str | Variable | Call
Pieces = tuple[Piece, ...]


def parse(text: str) -> Pieces:
    """The pieces of a text; what is no reference stays as it is, as in JMeter."""
    found: list[Piece] = []
    plain, at = "", 0
    while at < len(text):
        end = _reference_end(text, at) if text.startswith("${", at) else 0
        if end:
            found += [plain, _reference(text[at:end])]
            plain, at = "", end
        elif text[at] == "\\" and text[at + 1 : at + 2] in ("$", "\\", ",") and text[at + 1 : at + 2] and _in_use(text):
            plain, at = plain + text[at + 1], at + 2
        else:
            plain, at = plain + text[at], at + 1
    return tuple(piece for piece in (*found, plain) if piece != "")


def _in_use(text: str) -> bool:
    """JMeter reads backslashes only in texts that hold a reference."""
    return "${" in text


def _reference_end(text: str, at: int) -> int:
    """Where `${...}` at `at` ends; 0 if it does not."""
    depth, position = 0, at
    while position < len(text):
        if text.startswith("${", position):
            depth, position = depth + 1, position + 2
        elif text[position] == "}" and depth == 1:
            return position + 1
        elif text[position] == "\\":
            position += 2
        else:
            depth -= text[position] == "}"
            depth += text[position] == "{"
            position += 1
    return 0


def _reference(text: str) -> Piece:
    inside = text[2:-1]
    if not inside.startswith("__"):
        return Variable(inside)
    name, bracket, rest = inside[2:].partition("(")
    arguments = rest[: rest.rfind(")")] if bracket and ")" in rest else ""
    return Call(name.strip(), tuple(parse(argument) for argument in _arguments(arguments)), text)


def _arguments(text: str) -> list[str]:
    """Parted at commas that are neither escaped nor within a reference."""
    found, plain, at = [], "", 0
    while at < len(text):
        end = _reference_end(text, at) if text.startswith("${", at) else 0
        if end:
            plain, at = plain + text[at:end], end
        elif text[at] == "\\" and text[at + 1 : at + 2]:
            kept = text[at + 1] if text[at + 1] in ",$\\" else text[at : at + 2]
            plain, at = plain + kept, at + 2
        elif text[at] == ",":
            found.append(plain)
            plain, at = "", at + 1
        else:
            plain, at = plain + text[at], at + 1
    return [*found, plain] if text else []


def variables(pieces: Pieces) -> set[str]:
    """Every variable that is read, also in arguments."""
    found: set[str] = set()
    for piece in pieces:
        if isinstance(piece, Variable):
            found.add(piece.name)
        elif isinstance(piece, Call):
            found |= {name for argument in piece.arguments for name in variables(argument)}
    return found


@dataclass(frozen=True, slots=True)
class Covered:
    """A text whose references are covered by marks, so that what knows nothing of them can take it apart."""

    text: str
    references: tuple[str, ...]

    def restore(self, part: str) -> str:
        """A part of the text with its references again."""
        return MARK.sub(lambda found: self.references[int(found[1])], part)


MARK = re.compile("\ue000(\\d+)\ue001")


def covered(text: str) -> Covered:
    references: list[str] = []
    made, at = "", 0
    while at < len(text):
        end = _reference_end(text, at) if text.startswith("${", at) else 0
        if end:
            made += f"\ue000{len(references)}\ue001"
            references.append(text[at:end])
            at = end
        else:
            made, at = made + text[at], at + 1
    return Covered(made, tuple(references))
