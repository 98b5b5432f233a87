"""What a check of rights costs on roles that are held: beside a look into a set of all that is allowed, and casbin.

    python benchmarks/roles.py [--pairs 25] [--write]

1,000 people with five roles each in 200 projects; four roles of 40 permissions, each with the one before. In turns in
one process of a throwaway environment; processor time, which other work on the machine disturbs least.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._tables import Row, finish, options
from benchmarks._throwaway import python_with
from benchmarks.eviction import child

ROUNDS = 25
PEER_MIN = 100.0  # × as fast as casbin
HERE = Path(__file__).resolve().parent


def main() -> None:
    asked = options("What a check of rights costs.", pairs=ROUNDS).parse_args()
    rows: list[Row] = []
    busy = os.getloadavg()[0]
    with python_with("casbin") as (python, said):
        if python is not None:
            took: dict[str, float] = child(python, str(HERE / "_roles_hits.py"), str(asked.pairs))
            for kind, words in (("int", "whole numbers"), ("UUID", "UUIDs")):
                ours, plain = took[f"roles, {kind}"], took[f"set, {kind}"]
                what = f"can(), {words} for ids, beside a look into a set"
                rows.append(Row(what, f"{ours:.0f} ns", f"{plain:.0f} ns", f"{ours / plain:.1f}"))
            ours, peer = took["roles, int"], took["casbin"]
            what, kept = "can(), faster than casbin's enforce()", peer / ours >= PEER_MIN
            rows.append(Row(what, f"{ours:.0f} ns", f"{peer:.0f} ns", f"{peer / ours:.0f}", f"≥ {PEER_MIN:g}", kept))
    notes = [
        f"{asked.pairs} rounds in turns, least of them, processor time; load average {busy:.1f} when it began",
        f"peers: {said}",
        "the set holds every permission of everybody, and cannot say what a change of a role takes out of it",
    ]
    finish("roles", rows, notes=notes)


if __name__ == "__main__":
    main()
