"""`python -m tests.prove.tuning [words] --validate` proves on a real server that the answers of the cases are true.

`--found` tells whether the answers are among the candidates. `--play` plays the chosen cases through the product and
shows the advice on each, with `--json` as tuning.json has it; `--score` prints the tables of them. Words in any order
choose cases: a group, or a part of a name; without more those chosen are listed.
"""

import argparse
import json
import sys
from collections.abc import Sequence

from plimsoll.core.tuning.as_json import tuning_to_json
from plimsoll.report.tuning.markdown import tuning_markdown
from tests.prove.tuning.cases import Case
from tests.prove.tuning.catalogue import catalogue
from tests.prove.tuning.finding import found
from tests.prove.tuning.scoring import Score
from tests.prove.tuning.suite import played, shown, summary_of, table_of
from tests.prove.tuning.validating import validated


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--validate", action="store_true")
    parser.add_argument("--found", action="store_true")
    parser.add_argument("--play", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--score", action="store_true")
    asked = parser.parse_args()
    cases = [case for case in catalogue() if all(word in case.name for word in asked.words)]
    if asked.validate:
        return _validate(cases)
    if asked.found:
        return _find(cases)
    if asked.play or asked.json:
        return _show(cases, as_json=asked.json)
    if asked.score:
        return _score(cases)
    sys.stdout.writelines(f"{case.name:34} {_expected(case)}\n" for case in cases)
    return 0 if cases else 2


def _validate(cases: Sequence[Case]) -> int:
    """1 where an answer is not true."""
    wrong = 0
    for verdicts in validated(cases):
        wrong += sum(not verdict.true for verdict in verdicts)
        sys.stdout.writelines(f"{verdict.words}\n" for verdict in verdicts)
        sys.stdout.flush()
    sys.stdout.write(f"{len(cases)} cases, {wrong} answers wrong\n")
    return 1 if wrong else 0


def _find(cases: Sequence[Case]) -> int:
    """1 where an answer is not among what is found."""
    missed = 0
    for one in found(cases):
        missed += not one.right
        sys.stdout.write(f"{one.words}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(cases)} cases, {missed} missed\n")
    return 1 if missed else 0


def _show(cases: Sequence[Case], *, as_json: bool) -> int:
    for done in shown(cases):
        if as_json:
            sys.stdout.write(json.dumps(tuning_to_json(done.tuning), indent=2) + "\n")
        else:
            sys.stdout.write(tuning_markdown(done.tuning))
        sys.stdout.write(f"\n{done.case.name}: {Score.of(done).words}\n")
    return 0


def _score(cases: Sequence[Case]) -> int:
    """1 where an answer is wrong."""
    kept = []
    for score in played(cases):
        kept.append(score)
        sys.stderr.write(f"{score.case.name:42} {score.words}\n")
    sys.stdout.write("\n".join([*summary_of(kept), "", *table_of(kept), ""]))
    return 0 if all(score.right for score in kept) else 1


def _expected(case: Case) -> str:
    sets = [" and ".join(sorted(one.definition for one in answer)) for answer in case.accepted]
    sets += [f"drop {' and '.join(sorted(names))}" for names in case.drops if names]
    return "\n".join([*sets, *sorted(case.beyond)]).replace("\n", f"\n{'':31}or ") or "nothing"


if __name__ == "__main__":
    sys.exit(main())
