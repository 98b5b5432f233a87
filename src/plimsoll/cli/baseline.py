"""`plimsoll baseline`: runs marked to compare against."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.core.errors import UsageError

if TYPE_CHECKING:
    from plimsoll.runs.baselines import Baseline

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Root = Annotated[Path, typer.Option("--runs", help="The directory that holds the runs.")]
ROOT = Path(".plimsoll") / "runs"

baseline = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
)


def add_to(app: typer.Typer) -> None:
    app.add_typer(baseline, name="baseline", help="Runs marked to compare against.")


@baseline.command("set")
def set_(
    run: Annotated[str, typer.Argument(help="RUN, RUN,RUN, SERIES or SERIES:users=50.")] = "latest",
    name: Annotated[str, typer.Option(help="Keep several beside each other.")] = "",
    root: Root = ROOT,
    as_json: Json = False,
) -> None:
    """Make a run, or several of the same, the baseline of its scenario, environment and profile.

    A run that is invalid, did not come to its end or failed for the most part is refused (exit code 3).

    Example: plimsoll baseline set latest
    """
    from plimsoll.workflows.comparing.baselines import set_baseline

    made, replaced = set_baseline(root, run, name)
    if as_json:
        print(json.dumps(asdict(made) | {"replaced": None if replaced is None else asdict(replaced)}))
        return
    print(f"baseline {_words(made)}")
    if replaced is not None and replaced.runs != made.runs:
        print(f"it takes the place of {', '.join(replaced.runs)}, set {replaced.set_at}")


@baseline.command("list")
def list_(root: Root = ROOT, as_json: Json = False) -> None:
    """List the baselines.

    Example: plimsoll baseline list
    """
    from plimsoll.runs.baselines import read_baselines

    known = read_baselines(root)
    if as_json:
        print(json.dumps({"baselines": [asdict(one) for one in known]}))
        return
    for one in known:
        print(_words(one))
    if not known:
        print("no baselines. try: plimsoll baseline set RUN")


@baseline.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="A baseline's name.")] = "default",
    scenario: Annotated[str | None, typer.Option(help="Only that of this scenario.")] = None,
    root: Root = ROOT,
    as_json: Json = False,
) -> None:
    """Forget a baseline; its runs stay.

    Example: plimsoll baseline remove default
    """
    from plimsoll.runs.baselines import remove_baselines

    removed = remove_baselines(root, name, scenario)
    if not removed:
        raise UsageError(f"there is no baseline {name!r}", remedy="see what there is: plimsoll baseline list")
    if as_json:
        print(json.dumps({"removed": [asdict(one) for one in removed]}))
        return
    for one in removed:
        print(f"forgotten: {_words(one)}")


def _words(one: "Baseline") -> str:
    from plimsoll.core.check import counted
    from plimsoll.core.visible import visible

    what = f"{one.name}: {one.scenario}, environment {one.environment}, profile {one.profile}"
    return visible(f"{what}: {counted(len(one.runs), 'run')} ({', '.join(one.runs[:3])}), set {one.set_at}")
