"""Writing a scenario file that a person would keep: names, literals, and the file around the journeys. Pure."""

import ast
import keyword
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

LINE_MAX = 110
NAME_MAX = 40
# What a scenario file itself needs; no journey, feed or constant may take these names.
RESERVED = frozenset(
    {"feed", "journey", "setup", "start", "teardown", "user", "run", "shared", "reply", "rows", "StepFailed"}
)
_DECORATORS = ("journey", "setup", "start", "teardown")


class Names:
    """Python names made of labels in any language, each given out once."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {*RESERVED, *taken}

    def make(self, label: str, *, otherwise: str, upper: bool = False) -> str:
        """A name like `label`; `otherwise` where nothing of it can be used; a number behind it where it is taken."""
        words = re.sub(r"[^0-9a-z]+", "_", label.lower().encode("ascii", "ignore").decode()).strip("_")
        name = words[:NAME_MAX].rstrip("_") or otherwise
        if name[0].isdigit() or keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in RESERVED:
            name = f"{otherwise}_{name}"
        name = name.upper() if upper else name
        unique, number = name, 2
        while unique in self._taken:
            unique, number = f"{name}_{number}", number + 1
        self._taken.add(unique)
        return unique


def literal(value: object) -> str:
    """A Python literal on one line, texts in double quotes as people write them."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(key)}: {literal(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, tuple):
        inside = ", ".join(map(literal, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return repr(value)


def _text(value: str) -> str:
    single = repr(value)
    if single[0] == '"' or '"' in value:
        return single
    return '"' + single[1:-1].replace("\\'", "'") + '"'


# Before constants that are secrets: without them the file is refused, rather than run with empty ones.
FROM_ENVIRONMENT: Final = "from_environment"
FROM_ENVIRONMENT_HELPER: Final = f'''
def {FROM_ENVIRONMENT}(name):
    """A secret, which this file does not hold. It may be empty, but must be set."""
    if name not in os.environ:
        raise LookupError(f"{{name}} is not set in the environment; set it with export before the run")
    return os.environ[name]

'''


def long_text(value: str) -> str:
    """A text of several lines, such as a statement, in triple quotes; one line where that is short enough."""
    value = value.strip()
    if "\n" not in value and len(value) < LINE_MAX - 20:
        return literal(value)
    inside = value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    made = f'"""\n{inside}\n"""'
    return made if ast.literal_eval(made) == f"\n{value}\n" else literal(value)


def call(function: str, arguments: Sequence[str], *, indent: int = 4) -> str:
    """A call on one line, or one argument a line where it would be too long for that."""
    short = f"{function}({', '.join(arguments)})"
    if len(short) + indent <= LINE_MAX and "\n" not in short:
        return short
    return f"{function}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"


@dataclass(slots=True)
class Function:
    """A decorated function: `decorator` as "journey(weight=3)", `body` lines without indent (may hold line breaks)."""

    decorator: str
    name: str
    docstring: str = ""
    body: list[str] = field(default_factory=list)

    @property
    def arguments(self) -> str:
        role = self.decorator.partition("(")[0]
        return {"setup": "run", "teardown": "run, shared"}.get(role, "user")


@dataclass(slots=True)
class Source:
    """A scenario file in the making.

    `notes` are what a reader has to know, such as what could not be taken over; `constants` are lines such as
    `accounts = feed.csv("accounts.csv")`, each with an optional comment line before it.
    """

    docstring: str
    notes: list[str] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)
    constants: list[str] = field(default_factory=list)
    helpers: list[str] = field(default_factory=list)  # whole functions that are no journeys
    functions: list[Function] = field(default_factory=list)

    def render(self) -> str:
        """The file. Raises SyntaxError where a part of it is no Python, which is a mistake of ours."""
        parts = [
            self._head(),
            "\n".join(
                [
                    *sorted(self.imports, key=lambda line: (line.startswith("from"), line)),
                    *([""] if self.imports else []),
                    self._import(),
                ]
            ),
        ]
        if self.constants:
            parts.append("\n".join(self.constants))
        bodies = [*self.helpers, *map(_rendered, self.functions)]
        text = "\n\n".join(parts) + "\n" + "".join(f"\n\n{body}\n" for body in bodies)
        ast.parse(text)
        return text

    def _head(self) -> str:
        lines = [self.docstring.strip()]
        if self.notes:
            lines += ["", *(_note(note) for note in self.notes)]
        inside = "\n".join(lines).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        return f'"""{inside}\n"""' if self.notes else f'"""{inside}"""'

    def _import(self) -> str:
        """Of what the file names; a path such as "/start" names nothing."""
        everything = ast.parse("\n".join([*self.constants, *self.helpers, *map(_rendered, self.functions)]))
        named = {node.id for node in ast.walk(everything) if isinstance(node, ast.Name)}
        names = [name for name in ("StepFailed", "feed", *_DECORATORS) if name in named]
        return f"from plimsoll import {', '.join(names)}"


def _note(note: str) -> str:
    return textwrap.fill(note, LINE_MAX, initial_indent="- ", subsequent_indent="  ", break_long_words=False)


def _rendered(function: Function) -> str:
    body = [f'"""{function.docstring}"""'] if function.docstring else []
    body += function.body or ["pass"]
    return f"@{function.decorator}\nasync def {function.name}({function.arguments}):\n" + textwrap.indent(
        "\n".join(body), "    "
    )
