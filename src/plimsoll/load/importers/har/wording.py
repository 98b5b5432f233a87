"""Values as Python that a person would have written: variables among them, on lines that are not too long. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from plimsoll.load.importers.source import LINE_MAX, literal


@dataclass(frozen=True, slots=True)
class Code:
    """An expression among values; its `repr` is itself, so that `literal` writes it as it is."""

    text: str
    pieces: tuple["str | Code", ...] = ()  # of an f-string, which may become part of a longer one

    def __repr__(self) -> str:
        return self.text


def joined(pieces: Sequence[str | Code]) -> str | Code:
    """Texts and expressions in a row: an f-string, or less where that is enough."""
    pieces = [piece for each in pieces for piece in _opened(each) if piece != ""]
    if all(isinstance(piece, str) for piece in pieces):
        return "".join(map(str, pieces))
    if len(pieces) == 1:
        return pieces[0]
    if any(isinstance(piece, Code) and ('"' in piece.text or "\\" in piece.text) for piece in pieces):
        text = " + ".join(f"str({piece!r})" if isinstance(piece, Code) else literal(piece) for piece in pieces)
        return Code(text, tuple(pieces))
    inside = "".join(f"{{{piece!r}}}" if isinstance(piece, Code) else _inside(piece) for piece in pieces)
    return Code(f'f"{inside}"', tuple(pieces))


def _opened(piece: str | Code) -> Sequence[str | Code]:
    return piece.pieces if isinstance(piece, Code) and piece.pieces else (piece,)


def bytes_code(content: bytes) -> Code:
    """Bytes in double quotes, as texts are."""
    single = repr(content)
    return Code(single if single[1] == '"' or '"' in single else f'b"{single[2:-1]}"')


def _inside(text: str) -> str:
    """A text as it stands between the quotes of an f-string."""
    escaped = repr('"' + text)[2:-1].replace("\\'", "'").replace('"', '\\"')
    return escaped.replace("{", "{{").replace("}", "}}")


def laid_out(value: Any, room: int, prefix: str = "") -> str:
    """`prefix` and a literal on one line where `room` is enough for it; otherwise its parts below each other."""
    short = prefix + literal(value)
    if len(short) <= room:
        return short
    if isinstance(value, dict) and value:
        inner = [laid_out(each, room - 5, f"{literal(key)}: ") for key, each in value.items()]
        return _block(prefix + "{", inner, "}")
    if isinstance(value, (list, tuple)) and value:
        opening, closing = ("[", "]") if isinstance(value, list) else ("(", ")")
        return _block(prefix + opening, [laid_out(each, room - 5) for each in value], closing)
    if isinstance(value, str) and len(value) > room - 10 and re.search(r"\s", value):
        return _block(prefix + "(", _pieces(value, room - 10), ")", separator="")
    return short


def listed(opening: str, values: Sequence[Any], closing: str) -> str:
    """Values below each other, one a line where that is long enough."""
    return _block(opening, [laid_out(value, LINE_MAX - 5) for value in values], closing)


def _block(opening: str, inner: Sequence[str], closing: str, separator: str = ",") -> str:
    lines = "".join(f"{line}{separator}\n" for line in inner)
    return f"{opening}\n" + "".join(f"    {line}\n" for line in lines.splitlines()) + closing


def _pieces(text: str, room: int) -> list[str]:
    """A long text in pieces, each a literal: after line breaks, else after blanks; what has neither stays whole."""
    pieces: list[str] = []
    room = max(room, 20)
    while text:
        broken = re.match(rf"[^\n]{{0,{room}}}\n|.{{0,{room}}}\Z|.{{0,{room}}}\s|\S+\s*", text)
        at = broken.end() if broken else len(text)
        pieces.append(literal(text[:at]))
        text = text[at:]
    return pieces


def call(function: str, arguments: Sequence[tuple[str, Any]], *, indent: int = 4) -> str:
    """A call on one line, or one argument a line; arguments are a name, or "", and a value."""
    named = [(f"{name}=" if name else "", value) for name, value in arguments]
    short = f"{function}({', '.join(name + literal(value) for name, value in named)})"
    if len(short) + indent <= LINE_MAX:
        return short
    room = LINE_MAX - indent - 5
    return _block(f"{function}(", [laid_out(value, room, name) for name, value in named], ")")
