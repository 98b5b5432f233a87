"""What the parts of an import share: names, constants, feeds, variables, and the account of elements."""

from __future__ import annotations

import builtins
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from plimsoll.load.importers.jmx.account import Account
from plimsoll.load.importers.jmx.code import KNOWN_CHARACTERS_MAX, Code, Nature, joined
from plimsoll.load.importers.jmx.helpers import HELPERS, IMPORTS
from plimsoll.load.importers.jmx.secrets import is_opaque, is_secret, secrets_in
from plimsoll.load.importers.jmx.texts import Call, Piece, Pieces, Variable, parse
from plimsoll.load.importers.jmx.tree import Element
from plimsoll.load.importers.source import FROM_ENVIRONMENT, Names, literal
from plimsoll.settings.masking import mask

NUMBER_MAX = 1e12  # beyond it there is nothing to count, and infinity
DEPTH_MAX = 20  # of variables that are made of variables
# What the scenarios we write use by name, besides what all of them do.
TAKEN = frozenset(
    {*dir(builtins), *HELPERS, "_inside", "going_on", "suppress", "random", "re", "json", "html", "os", "time", "uuid"}
    | {FROM_ENVIRONMENT, "datetime", "date", "time_of_day", "Decimal", "Path", "quote_plus", "b64encode", "tx"}
)
ENVIRON = "JMETER_"  # before the names of variables of the environment: USER and PWD are taken everywhere


@dataclass(slots=True)
class Context:
    """The import under way. `definitions` are the variables that something sets during the load, with their nature."""

    account: Account
    plan_variables: Mapping[str, str]
    definitions: Mapping[str, Nature]
    reads: frozenset[str] = frozenset()  # every variable that some text of the plan reads
    rows_variable: str = ""  # where a CSV file names its own columns
    names: Names = field(default_factory=lambda: Names(TAKEN))
    imports: set[str] = field(default_factory=set)
    helpers: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)  # name -> expression
    feeds: dict[str, str] = field(default_factory=dict)  # name -> expression
    remarks: dict[str, str] = field(default_factory=dict)  # of constants: a comment
    notes: list[str] = field(default_factory=list)
    hosts: dict[str, list[str]] = field(default_factory=dict)  # recorded host -> steps
    kept: set[str] = field(default_factory=set)  # variables that live from one journey to the next
    python_names: dict[str, str] = field(default_factory=dict)
    element: Element | None = None  # whose texts are being read
    databases: dict[str, list[str]] = field(default_factory=dict)  # data source -> steps
    manual_commit: frozenset[str] = frozenset()  # data sources that never commit by themselves
    root: Element = field(default_factory=lambda: Element("jmeterTestPlan"))
    modules: list[Element] = field(default_factory=list)  # that are being put in their place
    _texts: dict[str, str | None] = field(default_factory=dict)  # of the plan's variables, where they are certain
    _making: set[str] = field(default_factory=set)  # variables that are being made
    _codes: dict[str, Code] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)  # JMETER_X -> what it was

    # -- texts --------------------------------------------------------------------------------------------------------

    def code(self, text: str, depth: int = 0) -> Code:
        """An expression for a text of the plan."""
        return joined(self.parts(parse(text), depth))

    def parts(self, pieces: Pieces, depth: int = 0) -> list[str | Code]:
        return [piece if isinstance(piece, str) else self._piece(piece, depth) for piece in pieces]

    def known(self, text: str) -> str | None:
        """The text if it is certain before the load: constants, and the defaults of properties. Nothing is made."""
        found = [self._known(piece, 0) for piece in parse(text)]
        return None if None in found else "".join(part for part in found if part is not None)

    def number(self, text: str, otherwise: float = 0) -> float:
        """The number that is certain before the load; `otherwise` where there is none."""
        try:
            number = float((self.known(text) or "").strip())
        except ValueError:
            return otherwise
        return number if abs(number) <= NUMBER_MAX else otherwise

    def numbers(self, row: object) -> list[float]:
        """The numbers in a row of a table; nothing where one of them is not certain."""
        texts = [cell for cell in row if isinstance(cell, str)] if isinstance(row, list) else []
        found = [self.number(text, math.nan) for text in texts]
        return [] if any(map(math.isnan, found)) else found

    def _known(self, piece: Piece, depth: int) -> str | None:
        if isinstance(piece, str):
            return piece
        if isinstance(piece, Call):
            if piece.name not in ("P", "property") or len(piece.arguments) < 1:
                return None
            default = piece.arguments[-1 if piece.name == "P" else 2 :] if len(piece.arguments) > 1 else ()
            return "".join(self._known(part, depth) or "" for argument in default[:1] for part in argument)
        if piece.name in self.definitions or piece.name not in self.plan_variables or depth > DEPTH_MAX:
            return None
        if piece.name not in self._texts:
            self._texts[piece.name] = None  # what is made of itself has no text
            found = [self._known(part, depth + 1) for part in parse(self.plan_variables[piece.name])]
            self._texts[piece.name] = None if None in found else _bounded("".join(map(str, found)))
        return self._texts[piece.name]

    def _piece(self, piece: Variable | Call, depth: int) -> Code:
        from plimsoll.load.importers.jmx.functions import call_code

        return self.variable(piece.name, depth) if isinstance(piece, Variable) else call_code(self, piece)

    # -- variables ----------------------------------------------------------------------------------------------------

    def variable(self, name: str, depth: int = 0) -> Code:
        """What reads a variable: a local name, a constant, or a constant that nothing gives a value."""
        if self.definitions.get(name) == "list":
            return self.unknown(f"${{{name}}}", name, f"it has several values, of which {name}_1 is the first")
        if name in self.definitions:
            return Code(self.local(name), self.definitions[name], frozenset({name}))
        of_list = self._of_list(name)
        if of_list is not None:
            return of_list
        if name in self.plan_variables and depth <= DEPTH_MAX:
            return self._plan_variable(name, depth)
        if name == "JMeterThread.last_sample_ok":
            return Code('"true"', known="true")  # after a failure the journey does not get there
        if self.rows_variable:
            row = self.local(self.rows_variable)
            return Code(f"{row}[{literal(name)}]", uses=frozenset({self.rows_variable}))
        return self.unknown(f"${{{name}}}", name, "nothing in the plan sets it")

    def local(self, name: str) -> str:
        """The Python name of a variable that is set during the load."""
        if name not in self.python_names:
            self.python_names[name] = self.names.make(in_words(name), otherwise="value")
        return self.python_names[name]

    def _of_list(self, name: str) -> Code | None:
        """`id_1`, `id_matchNr` and `id_#` of a variable that holds all that was found."""
        base, _, index = name.rpartition("_")
        if self.definitions.get(base) != "list":
            return None
        values = self.local(base)
        if index in ("matchNr", "#"):
            return Code(f"len({values})", "int", frozenset({base}))
        if not index.isdigit() or index == "0":
            return None
        return Code(f"{self.helper('nth')}({values}, {index})", uses=frozenset({base}))

    def _plan_variable(self, name: str, depth: int) -> Code:
        """A constant for a variable of the plan, made once."""
        if name in self._making:
            return self.unknown(f"${{{name}}}", name, "it is made of itself")
        if name not in self._codes:
            self._making.add(name)
            self._codes[name] = self._made_plan_variable(name, depth)
            self._making.discard(name)
        return self._codes[name]

    def _made_plan_variable(self, name: str, depth: int) -> Code:
        value = self.plan_variables[name]
        if is_secret(name, self.known(value)):
            return self.from_environ(name, None, f"the plan's variable {name}")
        made = self.code(value, depth + 1)
        if made.uses or "user." in made.python or made.python in self.constants:
            return made
        if made.known is None and "int(" in made.python:
            return made  # what is no number fails a step, not the whole file
        return self.constant(name, made.python, known=made.known)

    def constant(self, label: str, expression: str, *, known: str | None = None, remark: str = "") -> Code:
        """A constant at the top of the file, made once for each label and expression."""
        for name, made in self.constants.items():
            if made == expression and name.startswith(Names().make(in_words(label), otherwise="value", upper=True)):
                return Code(name, known=known)
        name = self.names.make(in_words(label), otherwise="value", upper=True)
        self.constants[name] = expression
        if remark:
            self.remarks[name] = mask(remark)
        return Code(name, known=known)

    def from_environ(self, label: str, default: str | None, what: str) -> Code:
        """A constant out of the environment: what JMeter takes from -J, and secrets, which have no default."""
        self.imports.add("import os")
        variable = ENVIRON + Names().make(in_words(label), otherwise="value", upper=True)
        self.environ[variable] = what
        made = f"os.environ.get({literal(variable)}, {literal(default or '')})"
        expression = made if default is not None else f"{FROM_ENVIRONMENT}({literal(variable)})"
        return self.constant(label, expression, known=default or None)

    def secret(self, name: str, value: str, *, opaque: bool = False) -> Code:
        """A value; one that is a secret by its name, or where `opaque` by its look, comes from the environment."""
        if (is_secret(name, value) or (opaque and is_opaque(value))) and all(
            isinstance(piece, str) for piece in parse(value)
        ):
            return self.from_environ(name, None, f"the value of {name}")
        return self.without_secrets(value)

    def without_secrets(self, text: str) -> Code:
        """A text in which what is named like a secret, in XML, JSON or assignments, comes from the environment."""
        parts: list[str | Code] = []
        at = 0
        for start, end, name in secrets_in(text):
            parts += [*self.parts(parse(text[at:start])), self.from_environ(name, None, f"the value of {name}")]
            at = end
        return joined([*parts, *self.parts(parse(text[at:]))])

    def unknown(self, text: str, label: str, why: str) -> Code:
        """A constant in the place of what cannot be said; the element it stands in is listed."""
        line = self.element.line if self.element else 0
        if self.element is not None:
            self.account.part(self.element, f"{text}: {why}, a constant stands for it")
        return self.constant(label, '""', remark=f"stands for {' '.join(text.split())[:80]} (line {line}): {why}")

    # -- feeds and helpers --------------------------------------------------------------------------------------------

    def feed(self, label: str, expression: str) -> str:
        """The name of a feed at the top of the file, made once for each expression."""
        for name, made in self.feeds.items():
            if made == expression:
                return name
        name = self.names.make(label, otherwise="values")
        self.feeds[name] = expression
        return name

    def draw(self, label: str, expression: str, nature: Nature = "int") -> Code:
        return Code(f"user.draw({self.feed(label, expression)})", nature)

    def helper(self, name: str) -> str:
        """A function of `helpers.py` that the file gets."""
        self.helpers[name] = HELPERS[name]
        self.imports.update(IMPORTS.get(name, ()))
        return name

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def find(self, path: Sequence[str]) -> Element | None:
        """The element that a path of names leads to; the path may begin with the plan's own name or above it."""
        for element in self.root.walk():
            if path and element.name == path[-1] and element.kind != "ModuleController" and self._fits(element, path):
                return element
        return None

    def _fits(self, element: Element, path: Sequence[str]) -> bool:
        above = [name for name in self.names_above(element) if name]
        wanted = list(path[:-1])
        return len(wanted) <= 1 or above[-1:] == wanted[-1:]

    def names_above(self, element: Element) -> list[str]:
        """The names of the elements that hold it, outermost first."""
        return _names_above(self.root, element) or []

    def text(self, element: Element, name: str, default: str = "") -> Code:
        self.element = element
        return self.code(element.text(name, default))


def in_words(name: str) -> str:
    """ "bugId" as "bug_Id"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)


def _bounded(text: str) -> str | None:
    return text if len(text) <= KNOWN_CHARACTERS_MAX else None


def _names_above(holder: Element, wanted: Element) -> list[str] | None:
    for child in holder.children:
        if child is wanted:
            return [holder.name]
        found = _names_above(child, wanted)
        if found is not None:
            return [holder.name, *found]
    return None
