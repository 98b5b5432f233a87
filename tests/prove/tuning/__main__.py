"""`python -m tests.prove.tuning [words] --validate` proves on a real server that the answers of the cases are true.

`--found` tells whether the answers are among the candidates. Words in any order choose cases: a group, or a part of a
name; without more those chosen are listed.
"""

import argparse
import sys
from collections.abc import Sequence

from tests.prove.tuning.cases import Case
from tests.prove.tuning.catalogue import catalogue
from tests.prove.tuning.finding import found
from tests.prove.tuning.validating import validated


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--validate", action="store_true")
    parser.add_argument("--found", action="store_true")
    asked = parser.parse_args()
    cases = [case for case in catalogue() if all(word in case.name for word in asked.words)]
    if asked.validate:
        return _validate(cases)
    if asked.found:
        return _find(cases)
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


def _expected(case: Case) -> str:
    sets = [" and ".join(sorted(one.definition for one in answer)) for answer in case.accepted]
    sets += [f"drop {' and '.join(sorted(names))}" for names in case.drops if names]
    return "\n".join([*sets, *sorted(case.beyond)]).replace("\n", f"\n{'':31}or ") or "nothing"


if __name__ == "__main__":
    sys.exit(main())
