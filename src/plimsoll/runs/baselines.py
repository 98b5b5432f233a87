"""`.plimsoll/baselines.json`: runs marked to compare against, one of a name for each scenario, environment and profile.

Written whole or not at all, under a lock. A run that cannot be believed never becomes one.
"""

import fcntl
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

from plimsoll.core.errors import RunDirectoryError, UsageError
from plimsoll.core.summary import Summary
from plimsoll.runs.directory import read_json, write_whole
from plimsoll.runs.facts import RunFacts

BASELINE: Final = "baseline"
DEFAULT: Final = "default"
FILE: Final = "baselines.json"
ASIDE: Final = "baselines.json.damaged"
VERSION: Final = 1
BASELINES_MAX: Final = 1_000
FAILED_MAX: Final = 0.5  # of what was asked: beyond it the run measured refusals


@dataclass(frozen=True, slots=True)
class Baseline:
    """`runs` are ids; several are the replicates of one."""

    name: str
    scenario: str
    environment: str
    profile: str
    runs: Sequence[str]
    set_at: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.name, self.scenario, self.environment, self.profile


def why_unfit(summary: Summary) -> str | None:
    """Why a run can never be a baseline; None where it can. Goals it missed are no reason: they say how things are."""
    if summary.stopped_by not in ("", "completed"):
        return f"it did not come to its end ({summary.stopped_by})"
    if not summary.valid:
        return f"it is invalid: {(*summary.invalid_because, 'the reason is not recorded')[0]}"
    failed = summary.errors + summary.dropped + summary.incomplete
    asked = summary.requests + summary.dropped + summary.incomplete
    if failed > FAILED_MAX * asked:
        return f"{failed:,} of {asked:,} requests failed: it measured how fast they are refused"
    journeys, lost = (sum(numbers) for numbers in _journeys(summary))
    if lost > FAILED_MAX * journeys:
        return f"{lost:,} of {journeys:,} journeys failed: users did not get what they came for"
    return None


def _journeys(summary: Summary) -> tuple[list[int], list[int]]:
    """How many there were, and how many failed."""
    return [one.count for one in summary.journeys], [one.errors for one in summary.journeys]


def read_baselines(root: Path) -> list[Baseline]:
    """Those of the runs in `root`. Raises RunDirectoryError for a file that cannot be read."""
    path = _path(root)
    if not path.exists():
        return []
    try:
        data = read_json(path)
    except RunDirectoryError as error:
        raise _damaged(path, error.why) from error
    version = data.get("schema_version") if isinstance(data, Mapping) else None
    if isinstance(version, int) and version > VERSION:
        raise RunDirectoryError(
            "cannot read the baselines",
            where=str(path),
            why=f"schema version {version}, this Plimsoll reads {VERSION}",
            remedy="use the Plimsoll that wrote them",
        )
    if version != VERSION:
        raise _damaged(path, "it is damaged (it has no schema version)")
    try:
        return [Baseline(**{**item, "runs": tuple(item["runs"])}) for item in data["baselines"]]
    except (KeyError, TypeError) as error:
        raise _damaged(path, f"it is damaged ({type(error).__name__}: {error})") from error


class DamagedBaselinesError(RunDirectoryError):
    """The file holds no baselines any more."""


def _damaged(path: Path, why: str) -> DamagedBaselinesError:
    return DamagedBaselinesError(
        "cannot read the baselines",
        where=str(path),
        why=why,
        remedy=f"mend it, or begin anew: plimsoll baseline set RUN keeps it aside as {ASIDE}",
    )


def find_baseline(root: Path, facts: RunFacts, name: str = "") -> Baseline:
    """The baseline of a name for what a run is. Raises UsageError where there is none."""
    known = read_baselines(root)
    wanted = (name or DEFAULT, facts.scenario, facts.environment, facts.profile_name)
    found = next((one for one in known if one.key == wanted), None)
    if found is not None:
        return found
    others = sorted({one.name for one in known if one.key[1:] == wanted[1:]})
    raise UsageError(
        f"there is no baseline {name or DEFAULT!r}",
        where=f"scenario {facts.scenario}, environment {facts.environment}, profile {facts.profile_name}",
        why=f"there is {', '.join(others)}" if others else "none was set for these",
        remedy="plimsoll baseline set RUN" + (f" --name {name}" if name not in ("", DEFAULT) else ""),
    )


def check_baseline(root: Path, scenario: str, profile: str, name: str) -> None:
    """Raises UsageError where these have no baseline of that name: better before a long run than after it."""
    known = {one.name for one in read_baselines(root) if (one.scenario, one.profile) == (scenario, profile)}
    if name not in known:
        raise UsageError(
            f"there is no baseline {name!r}",
            where=f"scenario {scenario}, profile {profile}",
            why=f"there is {', '.join(sorted(known))}" if known else "none was set for them",
            remedy="plimsoll baseline set RUN" + ("" if name == DEFAULT else f" --name {name}"),
        )


def put_baseline(root: Path, baseline: Baseline) -> Baseline | None:
    """Sets it; gives the one whose place it takes. A damaged file is kept aside.

    Raises UsageError where it cannot be written.
    """
    with _changing(root, anew=True) as known:
        replaced = next((one for one in known if one.key == baseline.key), None)
        known[:] = [one for one in known if one.key != baseline.key] + [baseline]
        if len(known) > BASELINES_MAX:
            raise UsageError("too many baselines", why=f"{BASELINES_MAX} are the most", remedy="plimsoll baseline list")
    return replaced


def remove_baselines(root: Path, name: str, scenario: str | None = None) -> list[Baseline]:
    """Removes those of a name, of one scenario only where one is given; gives what it removed."""
    with _changing(root) as known:
        removed = [one for one in known if one.name == name and scenario in (None, one.scenario)]
        known[:] = [one for one in known if one not in removed]
    return removed


@contextmanager
def _changing(root: Path, *, anew: bool = False) -> Iterator[list[Baseline]]:
    """The baselines, to be changed in place; written at the end unless something was raised.

    `anew` begins with none where the file is damaged.
    """
    path = _path(root)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = _begun_anew(root) if anew else read_baselines(root)
            before = list(known)
            yield known
            if known != before:
                write_whole(path, json.dumps(_to_json(known), indent=2) + "\n")
    except OSError as error:
        raise UsageError(
            "cannot write the baselines",
            where=str(path),
            why=error.strerror or str(error),
            remedy="free some space, or choose another place with --runs DIR",
        ) from error


def _begun_anew(root: Path) -> list[Baseline]:
    try:
        return read_baselines(root)
    except DamagedBaselinesError:
        path = _path(root)
        if path.is_file():
            path.replace(_free(path.with_name(ASIDE)))
        return []


def _free(path: Path) -> Path:
    """The name, with a number where it is taken: what was kept aside before stays."""
    names = (path.with_name(f"{path.name}.{at}") for at in count(2))
    return path if not path.exists() else next(name for name in names if not name.exists())


def _to_json(baselines: Sequence[Baseline]) -> dict[str, Any]:
    return {"schema_version": VERSION, "baselines": [asdict(one) for one in baselines]}


def _path(root: Path) -> Path:
    """Beside the directory of the runs, as `.plimsoll/baselines.json` is beside `.plimsoll/runs`."""
    return root.absolute().parent / FILE
