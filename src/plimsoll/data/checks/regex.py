"""PostgreSQL's regular expressions and LIKE patterns in Python's notation.

PostgreSQL's "advanced" expressions (its manual, 9.7.3) and Python's differ in classes, constraints and options; here
only ASCII counts as letters, digits and blanks, so that what is made satisfies the server in every locale.
"""

import re
from functools import lru_cache
from typing import Final

REPEATS_MAX: Final = 8  # more than the least that a star or plus gets when strings are made
PRINTABLE: Final = "".join(chr(code) for code in range(32, 127))

_CLASSES: Final = {
    "alpha": "A-Za-z",
    "digit": "0-9",
    "alnum": "A-Za-z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9A-Fa-f",
    "cntrl": r"\x00-\x1f\x7f",
    "print": " -~",
    "graph": "!-~",
    "word": r"\w",
}
_ESCAPES: Final = {
    "m": r"\b(?=\w)",
    "M": r"\b(?<=\w)",
    "y": r"\b",
    "Y": r"\B",
    "Z": r"\Z",
    "A": r"\A",
    "B": r"\\",
    "b": r"\x08",
    "e": r"\x1b",
}
_OPTION: Final = re.compile(r"\(\?([bceimnpqstwx]+)\)")
_POSIX_CLASS: Final = re.compile(r"\[:(\w+):\]|\[\.(.)\.\]|\[=(.)=\]")
_QUANTIFIER: Final = re.compile(r"[*+]|\{\d+,\}")


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """To be searched for in a value as `~` does. Raises ValueError for what has no equivalent."""
    try:
        return re.compile(*_translated(pattern, making=False))
    except (re.error, OverflowError) as error:
        raise ValueError(f"no equivalent of the regular expression {pattern!r}: {error}") from error


@lru_cache(maxsize=1024)
def makeable(pattern: str) -> str:
    """The expression for making strings: repetition bounded, classes spelled out. Raises ValueError."""
    compiled(pattern)
    text, flags = _translated(pattern, making=True)
    return f"(?x){text}" if flags & re.VERBOSE else text


def from_like(pattern: str, *, ignore_case: bool = False) -> str:
    """The regular expression of a LIKE pattern whose escape is the backslash."""
    parts = [_like_part(part) for part in re.findall(r"\\?.", pattern, re.DOTALL)]
    return f"{'(?i)' if ignore_case else ''}^{''.join(parts)}$"


def ignoring_case(pattern: str) -> str:
    """What `~*` makes of a pattern of `~`."""
    option = _OPTION.match(pattern)
    return f"(?{option[1]}i){pattern[option.end() :]}" if option else f"(?i){pattern}"


def _like_part(part: str) -> str:
    if part in "%_":
        return ".*" if part == "%" else "."
    char = part[-1]
    return char if char.isalnum() or char in " -_@/:,'\"<>=~!#%&;`" else "\\" + char


def _translated(pattern: str, *, making: bool) -> tuple[str, int]:
    options, body = "", pattern
    if body.startswith("***="):
        return re.escape(body[4:]), 0
    body = body.removeprefix("***:")
    if option := _OPTION.match(body):
        options, body = option[1], body[option.end() :]
    if "q" in options:
        return re.escape(body), 0
    flags = re.ASCII | (re.IGNORECASE if options.rfind("i") > options.rfind("c") else 0)
    flags |= re.VERBOSE if "x" in options else 0
    flags |= re.MULTILINE if set(options) & set("nmw") else 0
    flags |= 0 if set(options) & set("nmp") else re.DOTALL
    return _Translation(body, flags, making).run(), flags


class _Translation:
    """One pass over the text of a pattern."""

    def __init__(self, text: str, flags: int, making: bool) -> None:
        self._text, self._flags, self._making = text, flags, making
        self._at = 0

    def run(self) -> str:
        parts = []
        while self._at < len(self._text):
            parts.append(self._next())
        return "".join(parts)

    def _next(self) -> str:
        char = self._text[self._at]
        if char == "[":
            return self._bracket()
        if char == "\\":
            return self._escape()
        if match := _QUANTIFIER.match(self._text, self._at):
            self._at = match.end()
            return self._quantifier(match[0])
        self._at += 1
        return self._plain(char)

    def _plain(self, char: str) -> str:
        if char == "$" and not self._flags & re.MULTILINE:
            return r"\Z"  # Python's would also match before a newline at the end
        if char == "{" and not self._text[self._at : self._at + 1].isdigit():
            return r"\{"
        return self._spelled(char) if char == "." else char

    def _quantifier(self, written: str) -> str:
        if not self._making:
            return written
        least = {"*": 0, "+": 1}.get(written)
        least = int(written[1:-2]) if least is None else least
        return f"{{{least},{least + REPEATS_MAX}}}"

    def _escape(self) -> str:
        written = self._text[self._at : self._at + 2]
        if len(written) < 2:
            raise ValueError("a regular expression ends with a backslash")
        self._at += 2
        if self._making and written[1] in "mMyYAZ":
            return ""  # what is made is tested afterwards
        if written[1] in "dwsDWS":
            return self._spelled(written)
        return _ESCAPES.get(written[1], written)

    def _bracket(self) -> str:
        if (word := self._text[self._at : self._at + 7]) in ("[[:<:]]", "[[:>:]]"):
            self._at += 7
            return "" if self._making else _ESCAPES["m" if "<" in word else "M"]
        negated = self._text.startswith("[^", self._at)
        self._at += 2 if negated else 1
        parts = [self._member()]  # the first may be a bracket that closes, as itself
        while self._at < len(self._text) and self._text[self._at] != "]":
            parts.append(self._member())
        self._at += 1
        return self._spelled(f"[{'^' if negated else ''}{''.join(parts)}]")

    def _member(self) -> str:
        if match := _POSIX_CLASS.match(self._text, self._at):
            self._at = match.end()
            name = match[1]
            if name and name not in _CLASSES:
                raise ValueError(f"an unknown class of characters: {name}")
            return _CLASSES[name] if name else re.escape(match[2] or match[3])
        char = self._text[self._at : self._at + 1]
        if char == "\\":
            written = self._text[self._at : self._at + 2]
            self._at += 2
            return _ESCAPES[written[1]] if written[1:] in ("B", "b", "e") else written
        self._at += 1
        return "\\" + char if char and char in "[]&|~" else char

    def _spelled(self, written: str) -> str:
        """A class of characters as those in ASCII that fit it: what is made is then legible, and always the same."""
        if not self._making:
            return written
        fits = re.compile(written, self._flags)
        chars = [char for char in PRINTABLE if fits.fullmatch(char)]
        open_ended = written == "." or written.startswith("[^") or written[-1] in "SWDw"
        usual = [char for char in chars if char.isdigit() or char.islower()] if open_ended else []
        chosen = usual or chars
        return f"[{''.join(re.escape(char) for char in chosen)}]" if chosen else written
