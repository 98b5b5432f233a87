"""A file of SQL as statements: split where the server's own client splits it. Pure.

A semicolon ends a statement unless it stands in a string, a name, a comment, or the body of a function.
"""

import re
from dataclasses import dataclass, field
from typing import Final

_NEXT: Final = re.compile(
    r"""
    (?P<line> --) | (?P<block> /\*) | (?P<escaped> (?<![\w$])[eE]') | (?P<string> ') | (?P<name> ")
  | (?P<dollar> (?<![\w$])\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)
  | (?P<end> ;) | (?P<backslash> \\) | (?P<body> (?<![\w$])(?:begin|case|end)(?![\w$])) | (?P<parenthesis> [()])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NESTED: Final = re.compile(r"/\*|\*/")
_ESCAPED_END: Final = re.compile(r"(?:[^'\\]|\\.)*+'", re.DOTALL)
_CREATE: Final = re.compile(r"create\s+(?:or\s+replace\s+)?(?:function|procedure|rule)\b", re.IGNORECASE)
_COPY: Final = re.compile(r"copy\b.*\bfrom\s+stdin\b", re.IGNORECASE | re.DOTALL)
_COPY_END: Final = re.compile(r"^\\\.[ \t]*\r?$", re.MULTILINE)
_WHAT: Final = {"block": "comment", "name": "quoted name"}


@dataclass(frozen=True, slots=True)
class Written:
    """A statement without its comments, but hints, and those: `comments`, with one behind its semicolon."""

    text: str
    line: int
    comments: tuple[str, ...] = ()


@dataclass(slots=True)
class Split:
    """`commands` are lines of backslash commands, which a server does not know. `unended` says what has no end."""

    statements: list[Written] = field(default_factory=list)
    commands: list[int] = field(default_factory=list)
    unended: str = ""


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: str
    start: int
    end: int
    ended: bool = True


def split(text: str) -> Split:
    """Its statements in order; empty ones are none."""
    return _Splitting(text).all()


class _Splitting:
    def __init__(self, text: str) -> None:
        self._text = text
        self._found = Split()
        self._lines = _Lines(text)
        self._begin()

    def _begin(self, at: int = 0) -> None:
        self._at = at  # up to which the statement has been taken
        self._parts: list[str] = []
        self._comments: list[str] = []
        self._line = 0
        self._depth = 0
        self._creates: bool | None = None

    def all(self) -> Split:
        place = 0
        while (piece := _piece(self._text, place)) is not None:
            if piece.ended:
                place = self._taken(piece)
            else:
                what = _WHAT.get(piece.kind, "string")
                self._found.unended = f"the {what} that begins in line {self._lines.of(piece.start)} has no end"
                place = len(self._text)
        self._take(len(self._text))
        self._end(len(self._text))
        return self._found

    def _taken(self, piece: _Piece) -> int:
        """Where to go on."""
        if piece.kind in ("line", "block"):
            self._comment(piece)
        elif piece.kind == "end" and self._depth <= 0:
            self._take(piece.start)
            return self._end(piece.end)
        elif piece.kind == "backslash":
            return self._command(piece)
        elif piece.kind in ("body", "parenthesis"):
            self._nest(self._text[piece.start : piece.end].lower())
        return piece.end

    def _take(self, end: int) -> None:
        part = self._text[self._at : end]
        if not self._line and part.strip():
            self._line = self._lines.of(self._at + len(part) - len(part.lstrip()))
        self._parts.append(part)
        self._at = end

    def _comment(self, piece: _Piece) -> None:
        self._take(piece.start)
        comment = self._text[piece.start : piece.end]
        if comment.startswith("/*+"):
            self._take(piece.end)
        else:
            self._comments.append(comment)
            self._parts.append(" ")
        self._at = piece.end

    def _nest(self, word: str) -> None:
        """Within the body of a function, and the parentheses of a rule, semicolons end nothing."""
        if self._creates is None:
            begun = "".join(self._parts) + self._text[self._at : self._at + 100]
            self._creates = _CREATE.match(begun.strip()) is not None
        if self._creates and (word != "case" or self._depth):
            self._depth += -1 if word in ("end", ")") else 1

    def _end(self, at: int) -> int:
        """Where to go on: behind a comment on the same line, which is this statement's, and behind rows of COPY."""
        statement = "".join(self._parts).strip()
        comments, line = self._comments, self._line
        behind = re.compile(r"[ \t]*(--[^\n]*)").match(self._text, at) if statement else None
        if behind is not None:
            comments, at = [*comments, behind[1]], behind.end()
        if statement:
            self._found.statements.append(Written(statement, line, tuple(comments)))
        if _COPY.match(statement):
            rows = _COPY_END.search(self._text, at)
            at = rows.end() if rows else len(self._text)
        kept = [] if statement else comments  # of an empty statement they are the next one's
        self._begin(at)
        self._comments = kept
        return at

    def _command(self, piece: _Piece) -> int:
        self._take(piece.start)
        if self._text.startswith("\\;", piece.start):
            return self._end(piece.end + 1)
        self._found.commands.append(self._lines.of(piece.start))
        line_end = self._text.find("\n", piece.start)
        at = line_end if line_end >= 0 else len(self._text)
        if self._text.startswith(("\\g", "\\crosstabview", "\\watch"), piece.start):
            return self._end(at)
        self._at = at
        return at


class _Lines:
    """Numbers of lines, for places in rising order."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._line = text, 0, 1

    def of(self, place: int) -> int:
        if place < self._at:
            return self._line - self._text.count("\n", place, self._at)
        self._line += self._text.count("\n", self._at, place)
        self._at = place
        return self._line


def _piece(text: str, place: int) -> _Piece | None:
    found = _NEXT.search(text, place)
    if found is None:
        return None
    kind = str(found.lastgroup)
    end = _end_of(text, kind, found)
    return _Piece(kind, found.start(), len(text) if end is None else end, end is not None)


def _end_of(text: str, kind: str, found: re.Match[str]) -> int | None:
    """None where there is none."""
    if kind == "line":
        end = text.find("\n", found.end())
        return end if end >= 0 else len(text)
    if kind == "block":
        return _block_end(text, found.end())
    if kind == "escaped":
        ended = _ESCAPED_END.match(text, found.end())
        return ended.end() if ended else None
    closing = found.group() if kind in ("string", "name", "dollar") else ""
    end = text.find(closing, found.end())
    return end + len(closing) if end >= 0 else None


def _block_end(text: str, place: int) -> int | None:
    depth = 1
    for found in _NESTED.finditer(text, place):
        depth += 1 if found.group() == "/*" else -1
        if depth == 0:
            return found.end()
    return None
