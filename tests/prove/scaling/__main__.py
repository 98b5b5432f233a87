"""`python -m tests.prove.scaling "worker killed"` plays faults and says what they cost; without names they are listed.

`--mutations [NAMES]` takes mechanisms away, one after another, until something is lost.
"""

import argparse
import sys

from tests.prove.scaling.faults import FAULTS
from tests.prove.scaling.mutations import MUTATIONS
from tests.prove.scaling.playing import RATE, play
from tests.prove.scaling.suite import found

SHOWN_MAX = 12


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--mutations", action="store_true", help="the names are mutations; without any, all")
    parser.add_argument("--rate", type=float, default=RATE)
    asked = parser.parse_args()
    if asked.mutations:
        for one in found(asked.names or MUTATIONS):
            sys.stdout.write(f"{one.mutation.name:32} {one.words}\n")
            sys.stdout.writelines(f"    {lost}\n" for lost in one.played.verdict.lost[:3])
            sys.stdout.flush()
        return 0
    for name in asked.names:
        played = play(FAULTS[name], rate=asked.rate)
        sys.stdout.write(f"{name:32} {played.words}\n")
        sys.stdout.writelines(f"    {one}\n" for one in played.verdict.lost[:SHOWN_MAX])
        sys.stdout.flush()
    if not asked.names:
        sys.stdout.writelines(f"{one.name:32} {one.says}\n" for one in FAULTS.values())
    return 0


if __name__ == "__main__":
    sys.exit(main())
