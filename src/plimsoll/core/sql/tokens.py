"""SQL as a row of tokens: where its parameters, strings and comments stand, whatever the rest. Pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

# An identifier may hold a dollar sign, a string anything: only what is outside of them is a parameter.
# What has no end reaches to that of the text: thousands of beginnings are not each followed to it in vain.
_TOKEN: Final = re.compile(
    r"""
    (?P<comment> --[^\r\n]* | /\*.*?(?:\*/|\Z) )
  | (?P<string> [eE]'(?:[^'\\]|\\.|'')*' | (?:[uU]&|[bBxXnN])?'(?:[^']|'')*'
              | \$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z) )
  | (?P<quoted> "(?:[^"]|"")*" )
  | (?P<word> [A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]* )
  | (?P<parameter> \$\d+ )
  | (?P<number> \d+(?:\.\d+)? )
  | (?P<space> \s+ )
  | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
SQUASHED: Final = re.compile(r"/\*, \.\.\. \*/")


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    start: int

    @property
    def number(self) -> int:
        """Of a parameter."""
        return int(self.text[1:])


def tokens(query: str) -> Iterator[Token]:
    """Everything in it, in order; put together it is the statement again."""
    for found in _TOKEN.finditer(query):
        assert found.lastgroup is not None
        kind = "string" if found.lastgroup == "tag" else found.lastgroup
        yield Token(kind, found.group(), found.start())


def parameters(query: str) -> list[int]:
    """The numbers of its parameters, each once, in rising order."""
    return sorted({token.number for token in tokens(query) if token.kind == "parameter"})


def substituted(query: str, made: Callable[[int], str | None]) -> str:
    """With parameters replaced by what `made` gives for their numbers; None leaves one as it is."""
    return "".join(
        (made(token.number) or token.text) if token.kind == "parameter" else token.text for token in tokens(query)
    )


def renumbered(query: str) -> tuple[str, list[int]]:
    """With parameters numbered from 1 without gaps; the numbers they had, in the new order."""
    old = parameters(query)
    new = {number: place for place, number in enumerate(old, 1)}
    return substituted(query, lambda number: f"${new[number]}"), old


def without_comments(query: str) -> str:
    """The statement without what was written beside it, such as who sent it; hints to the planner stay, and the marks
    of shortened lists."""
    return "".join(" " if _says_nothing(token) else token.text for token in tokens(query)).strip()


def _says_nothing(token: Token) -> bool:
    return token.kind == "comment" and not token.text.startswith("/*+") and not SQUASHED.fullmatch(token.text)


def strings(query: str) -> list[str]:
    """The quoted strings still in it: constants that the server did not replace."""
    return [token.text for token in tokens(query) if token.kind == "string"]


def first_word(query: str) -> str:
    """The command: SELECT, INSERT, BEGIN; upper case, empty where there is none."""
    return next((token.text.upper() for token in tokens(query) if token.kind == "word"), "")


def words(query: str) -> set[str]:
    """Keywords and unquoted names, in upper case."""
    return {token.text.upper() for token in tokens(query) if token.kind == "word"}


def names_of(query: str) -> set[str]:
    """Names as they are written, without quotes; and keywords."""
    bare = (token.text for token in tokens(query) if token.kind in ("word", "quoted"))
    return {text[1:-1].replace('""', '"') if text.startswith('"') else text for text in bare}
