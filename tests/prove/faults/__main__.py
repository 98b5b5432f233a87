"""`python -m tests.prove.faults missing-index high [http]` plays one case and prints its analysis.

Words in any order choose cases: a fault, low, medium, high, sql, http; without any, those there are are listed.
`--json` prints analysis.json. `--score FOLDER` plays the chosen ones (or all), keeps their runs there and prints the
table; `--again FOLDER` prints it of runs that were kept, analyzed anew, for who changes rules.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from plimsoll.cli.printing import print_view
from plimsoll.report.analysis.terminal import analysis_view
from tests.prove.faults.cases import Case
from tests.prove.faults.catalogue import catalogue
from tests.prove.faults.ground import Ground
from tests.prove.faults.playing import play
from tests.prove.faults.scoring import Score
from tests.prove.faults.suite import again, played, summary_of, table_of


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--score", type=Path)
    parser.add_argument("--again", type=Path)
    asked = parser.parse_args()
    cases = [case for case in catalogue() if _fits(case, asked.words)]
    if asked.score or asked.again:
        _tell(played(cases, asked.score) if asked.score else again(cases, asked.again))
    elif not asked.words or not cases:
        sys.stdout.writelines(f"{case.name:40} {_expected(case)}\n" for case in catalogue())
        return 2
    else:
        _show_all(cases, as_json=asked.json)
    return 0


def _fits(case: Case, words: Sequence[str]) -> bool:
    return all(word in (case.fault, case.platform, case.intensity, case.name) for word in words)


def _tell(scores: Iterable[Score]) -> None:
    kept = []
    for score in scores:
        kept.append(score)
        sys.stderr.write(f"{score.case.name:40} {score.words}\n")
    sys.stdout.write("\n".join([*summary_of(kept), "", *table_of(kept), ""]))


def _show_all(cases: Sequence[Case], *, as_json: bool) -> None:
    with Ground() as ground:
        for case in cases:
            _show(case, ground, as_json=as_json)


def _show(case: Case, ground: Ground, *, as_json: bool) -> None:
    done = play(case, ground, Path(tempfile.mkdtemp(prefix="plimsoll-fault-")))
    if as_json:
        sys.stdout.write(json.dumps(done.analysis.to_json(), indent=2) + "\n")
    else:
        print_view(analysis_view(done.analysis))
    sys.stdout.write(f"\n{case.name}: expected {_expected(case)}; {Score.of(done).words}\nrun: {done.run}\n")


def _expected(case: Case) -> str:
    return ", ".join(case.expected) or "no finding"


if __name__ == "__main__":
    sys.exit(main())
