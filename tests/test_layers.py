"""Imports run downward only: what `docs/decisions/0001-layout-and-layers.md` promises, checked."""

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"

# From the bottom up. Packages of one layer never import each other; a layer imports only those below it.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"core"}),
    frozenset({"settings"}),
    frozenset({"notify"}),
    frozenset({"postgres"}),
    frozenset({"runs"}),
    frozenset({"changes"}),
    frozenset({"embedded"}),
    frozenset({"load", "data", "monitor", "analyze", "tune", "cache", "scale", "edge", "report", "schedule"}),
    frozenset({"workflows"}),
    frozenset({"testing"}),
    frozenset({"server"}),
    frozenset({"cli"}),  # starts the server
)
LEVEL = {package: level for level, layer in enumerate(LAYERS) for package in layer}

# Where statements hold further ones (a lambda's and a conditional expression's parts of such names are no lists).
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")

# What anybody may build on; the reference platform must manage with these, as any user must.
PUBLIC_MODULES = ("plimsoll", "plimsoll.cache", "plimsoll.edge")

# What does I/O, reads a clock or waits. Paths too: `core` is given contents, not files.
NOT_IN_CORE = frozenset(
    {"asyncio", "multiprocessing", "os", "pathlib", "selectors", "shutil", "signal", "socket", "ssl", "subprocess"}
    | {"tempfile", "threading", "time", "urllib"}
)


def breaches(module: str, code: str) -> list[str]:
    """Every way in which `code`, as the dotted `module`, imports what it should not."""
    return [f"{module} imports {name}: {why}" for name in imported(ast.parse(code)) if (why := breach(module, name))]


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of what is imported anywhere in the tree; `from a import b` gives `a.b`."""
    for node in statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """All of them, however deep; expressions, of which there are ten times as many, hold none."""
    for part in BLOCKS:
        for inner in getattr(node, part, ()):
            yield inner
            yield from statements(inner)


def breach(importer: str, name: str) -> str | None:
    package, target = importer.split("."), name.split(".")
    if name.startswith("."):
        return "imports are absolute here"
    if package[0] == "fluentscribe":
        return None if target[0] != "plimsoll" or is_public(name) else "not a public name of plimsoll"
    if target[0] == "fluentscribe":
        return "the toolkit knows nothing of the reference platform"
    if package[1:2] == ["core"] and target[0] in NOT_IN_CORE:
        return "core has no I/O, no clock and no event loop"
    if target[0] != "plimsoll" or len(package) == 1 or target[1] in ("__version__", package[1]):
        return None
    if target[1] not in LEVEL:
        return "only __version__ is taken from the package itself"
    return None if LEVEL[target[1]] < LEVEL[package[1]] else f"{package[1]} does not stand above {target[1]}"


def is_public(name: str) -> bool:
    """`name` is a public module or sits directly in one: `plimsoll.journey`, not `plimsoll.load.processes.engine`."""
    return name in PUBLIC_MODULES or name.rpartition(".")[0] in PUBLIC_MODULES


def modules() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        yield ".".join(parts).removesuffix(".__init__"), path.read_text(encoding="utf-8")


def test_every_import_runs_downward() -> None:
    assert [line for name, code in modules() for line in breaches(name, code)] == []


def test_every_package_has_a_layer() -> None:
    packages = {path.parent.name for path in SOURCE.glob("plimsoll/*/__init__.py")}
    assert packages <= set(LEVEL)


def test_a_system_importing_another_is_noticed() -> None:
    assert breaches("plimsoll.load.processes.engine", "from plimsoll.report.html import render")
    assert breaches("plimsoll.load.processes.engine", "def late():\n    import plimsoll.report")


def test_an_import_is_noticed_wherever_a_statement_may_stand() -> None:
    ways = (
        "class A:\n    async def f(self):\n        async with a:\n            {}",
        "try:\n    pass\nexcept OSError:\n    {}",
        "try:\n    pass\nfinally:\n    {}",
        "if a:\n    pass\nelif b:\n    pass\nelse:\n    {}",
        "for a in (lambda: b)() if c else d:\n    pass\nelse:\n    while e:\n        {}",
        "match a:\n    case 1:\n        {}",
    )
    assert all(breaches("plimsoll.runs.store", way.format("import plimsoll.load")) for way in ways)


def test_an_upward_import_is_noticed() -> None:
    assert breaches("plimsoll.postgres.dsn", "from plimsoll.runs import directory")
    assert breaches("plimsoll.core.goal", "from plimsoll.settings.limits import Limits")
    assert breaches("plimsoll.runs.store", "from plimsoll import load")


def test_a_downward_import_is_fine() -> None:
    assert not breaches(
        "plimsoll.load.processes.engine",
        "from plimsoll.core.sample import Sample\nfrom plimsoll.load.executors import pacing",
    )
    assert not breaches("plimsoll.runs.store", "from plimsoll import __version__")
    assert not breaches("plimsoll.cli.run", "from plimsoll.workflows import run")


def test_a_clock_in_the_core_is_noticed() -> None:
    assert breaches("plimsoll.core.goal", "from time import monotonic")
    assert breaches("plimsoll.core.goal", "import asyncio")
    assert not breaches("plimsoll.core.goal", "from random import Random")


def test_the_toolkit_importing_the_reference_platform_is_noticed() -> None:
    assert breaches("plimsoll.cli.demo", "from fluentscribe.demo import demo")


def test_the_reference_platform_reaching_behind_public_names_is_noticed() -> None:
    assert breaches("fluentscribe.demo", "from plimsoll.load.processes.engine import Engine")
    assert not breaches("fluentscribe.demo", "from plimsoll import journey")


def test_a_relative_import_is_noticed() -> None:
    assert breaches("plimsoll.load.processes.engine", "from ..report import html")
