"""Python in the making: expressions, and lines that know which variables they read and set. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from plimsoll.load.importers.source import literal

KNOWN_CHARACTERS_MAX: Final = 100_000  # of a text that is certain: variables can be made of variables
Nature = Literal["text", "int", "list", "any", "either"]  # either: an expression with "or" that wants brackets


@dataclass(frozen=True, slots=True)
class Code:
    """An expression. `known` is its text where that is certain before the load; `uses` are variables of the plan."""

    python: str
    nature: Nature = "text"
    uses: frozenset[str] = frozenset()
    known: str | None = None

    @property
    def as_text(self) -> str:
        return self.python if self.nature == "text" else f"str({self.python})"

    @property
    def as_int(self) -> str:
        if self.known is not None and self.known.strip().lstrip("-").isdigit():
            return str(int(self.known)) if self.python.startswith('"') else f"int({self.python})"
        return self.python if self.nature == "int" else f"int({self.python})"

    @property
    def as_count(self) -> str:
        """As a whole number; 0 where there is no text, as JMeter takes it for times and loops."""
        made = self.as_int
        return f"int({self.python} or 0)" if self.known is None and made.startswith("int(") else made


def text_code(value: str) -> Code:
    return Code(literal(value), known=value)


def joined(parts: Sequence[str | Code]) -> Code:
    """One expression of texts and expressions: a literal, the expression alone, or an f-string."""
    parts = [part for part in parts if part != ""]
    if all(isinstance(part, str) for part in parts):
        return text_code("".join(map(str, parts)))
    if len(parts) == 1 and isinstance(parts[0], Code):
        return parts[0]
    uses = frozenset().union(*(part.uses for part in parts if isinstance(part, Code)))
    known = [part if isinstance(part, str) else part.known for part in parts]
    certain = None not in known and sum(len(each or "") for each in known) <= KNOWN_CHARACTERS_MAX
    return Code(f_string(parts), uses=uses, known="".join(map(str, known)) if certain else None)


def f_string(parts: Sequence[str | Code]) -> str:
    """An f-string; a join where an expression holds what Python 3.11 allows in none."""
    if any("\\" in part.python or {'"', "'"} <= set(part.python) for part in parts if isinstance(part, Code)):
        return '"".join([' + ", ".join(_apart(part) for part in parts) + "])"
    inside = "".join(
        _escaped(part).replace("{", "{{").replace("}", "}}") if isinstance(part, str) else _placed(part)
        for part in parts
    )
    return f'f"{inside}"'


def long_f_string(parts: Sequence[str | Code]) -> str:
    """As `f_string`, over several lines where the text has them."""
    lines = "".join(
        "\n".join(map(_escaped, part.split("\n"))).replace("{", "{{").replace("}", "}}")
        if isinstance(part, str)
        else _placed(part)
        for part in parts
    ).strip()
    return f'f"""\n{lines}\n"""' if "\n" in lines else f'f"{lines}"'


def _apart(part: str | Code) -> str:
    return literal(part) if isinstance(part, str) else part.as_text


def _escaped(text: str) -> str:
    quoted = repr(text)
    inside = quoted[1:-1]
    return inside.replace("\\'", "'").replace('"', '\\"') if quoted[0] == "'" else inside


def _placed(code: Code) -> str:
    """Within an f-string of double quotes, Python 3.11 wants other quotes and no backslash."""
    return "{" + code.python.replace('"', "'") + "}"


@dataclass(slots=True)
class Line:
    """A statement (it may have line breaks). `sets` are the variables it assigns.

    `otherwise` is what those variables are where the statement is not reached, "" where that cannot be said.
    """

    python: str
    uses: frozenset[str] = frozenset()
    sets: tuple[str, ...] = ()
    otherwise: str = ""
    preset: bool = False  # only there because what follows may not be reached


@dataclass(slots=True)
class Block:
    """A header such as "if a == b" and what is in it. `certain` blocks are entered always, and left by their end."""

    header: str
    body: list[Statement]
    uses: frozenset[str] = frozenset()
    certain: bool = False
    sets: tuple[str, ...] = ()


Statement = Line | Block


def comment(text: str) -> Line:
    return Line("# " + " ".join(text.split()))


def unset_before_use(body: Iterable[Statement], known: set[str] | None = None) -> set[str]:
    """The variables that may be read before anything in `body` has set them; `known` grows by those that are set."""
    known = set() if known is None else known
    wanted: set[str] = set()
    for statement in body:
        wanted |= statement.uses - known
        if isinstance(statement, Line):
            known |= set(statement.sets)
        else:
            inside = known if statement.certain else set(known)
            inside |= set(statement.sets)
            wanted |= unset_before_use(statement.body, inside)
    return wanted


def lines(body: Iterable[Statement], kept: set[str], names: dict[str, str]) -> list[str]:
    """The body as lines of Python; variables that are `kept` from one journey to the next are put into user.state."""
    made: list[str] = []
    for statement in body:
        if isinstance(statement, Block):
            inside = lines(statement.body, kept, names) or ["pass"]
            if all(line.startswith("#") for line in inside):
                inside.append("pass")
            made += [f"{statement.header}:", *("    " + row for line in inside for row in _rows(line))]
            made += _storing(statement, kept, names) if statement.certain else []
        else:
            made += [statement.python, *_storing(statement, kept, names)]
    return made


def _storing(statement: Statement, kept: set[str], names: dict[str, str]) -> list[str]:
    return [f"user.state[{literal(name)}] = {names[name]}" for name in statement.sets if name in kept]


def _rows(text: str) -> list[str]:
    return text.split("\n")


def without_presets(body: Sequence[Statement], kept: set[str] | None = None) -> list[Statement]:
    """Without the presets of variables that are not among the `kept`."""
    found: list[Statement] = []
    for statement in body:
        if isinstance(statement, Block):
            inner = without_presets(statement.body, kept)
            found.append(Block(statement.header, inner, statement.uses, statement.certain, statement.sets))
        elif not statement.preset or (kept and set(statement.sets) & kept):
            found.append(statement)
    return found


def lines_in(body: Iterable[Statement]) -> Iterator[Line]:
    for statement in body:
        if isinstance(statement, Line):
            yield statement
        else:
            yield from lines_in(statement.body)


def does_something(body: Iterable[Statement]) -> bool:
    """Whether anything in it waits: a loop that never does would hold up every user."""
    return any("await " in line.python for line in lines_in(body)) or any(
        isinstance(statement, Block) and (statement.header.startswith("async ") or does_something(statement.body))
        for statement in body
    )


@dataclass(slots=True)
class Body:
    """The statements of one function."""

    role: str  # "journey", "start", "setup" or "teardown"
    name: str
    title: str
    statements: list[Statement] = field(default_factory=list)
    weight: float = 1
    writes: bool = False
