"""`python -m tests.prove.caching rows` plays a scenario and says what it came to; without a name they are listed.

`--mutations [NAMES]` takes rules of the protocol away, one after another, until a violation is found. `--adapter` plays
another cache than ours.
"""

import argparse
import json
import sys
from dataclasses import replace

from tests.prove.caching.mutations import MUTATIONS
from tests.prove.caching.playing import Cast, play
from tests.prove.caching.scenarios import SCENARIOS
from tests.prove.caching.suite import found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--adapter", default="plimsoll")
    parser.add_argument("--mutation", default="")
    parser.add_argument("--mutations", action="store_true", help="the names are mutations; without any, all")
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has the adapter's packages")
    parser.add_argument("--shared", action="store_true", help="with tier 2")
    parser.add_argument("--options", type=json.loads, default={})
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.mutations:
        for one in found(asked.names or MUTATIONS, seed=asked.seed):
            sys.stdout.write(f"{one.mutation.name:30} {one.words}\n")
            sys.stdout.flush()
        return 0
    for name in asked.names:
        scenario = SCENARIOS[name]
        options = {**scenario.options, **asked.options}
        scenario = replace(scenario, shared=scenario.shared or asked.shared, options=options)
        cast = Cast(asked.adapter, [asked.mutation], (asked.python,))
        played = play(scenario, cast, seed=asked.seed)
        sys.stdout.write(f"{name:20} {played.words}\n")
        sys.stdout.writelines(f"    {one}\n" for one in played.verdict.violations[:5])
        sys.stdout.writelines(f"    {one}\n" for one in played.told)
        sys.stdout.flush()
    if not asked.names:
        sys.stdout.writelines(f"{one.name:20} {one.says}\n" for one in SCENARIOS.values())
    return 0


if __name__ == "__main__":
    sys.exit(main())
