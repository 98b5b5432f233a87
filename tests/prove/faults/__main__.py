"""`python -m tests.prove.faults missing-index high [http]`: plays one case and prints its analysis.

Without words it lists the cases; `--json` prints analysis.json; the run stays where the last line says.
"""

import json
import sys
import tempfile
from pathlib import Path

from plimsoll.cli.printing import print_view
from plimsoll.report.analysis.terminal import analysis_view
from tests.prove.faults.cases import Case
from tests.prove.faults.catalogue import catalogue
from tests.prove.faults.ground import Ground
from tests.prove.faults.playing import play
from tests.prove.faults.scoring import Score


def main(words: list[str]) -> int:
    wanted = [word for word in words if not word.startswith("--")]
    found = [case for case in catalogue() if _fits(case, wanted)]
    if not wanted or not found:
        sys.stdout.write(
            "\n".join(f"{case.name:40} {', '.join(case.expected) or 'no finding'}" for case in catalogue()) + "\n"
        )
        return 2
    with Ground() as ground:
        for case in found:
            _show(case, ground, as_json="--json" in words)
    return 0


def _fits(case: Case, words: list[str]) -> bool:
    return all(word in (case.fault, case.platform, case.intensity, case.name) for word in words)


def _show(case: Case, ground: Ground, *, as_json: bool) -> None:
    played = play(case, ground, Path(tempfile.mkdtemp(prefix="plimsoll-fault-")))
    if as_json:
        sys.stdout.write(json.dumps(played.analysis.to_json(), indent=2) + "\n")
    else:
        print_view(analysis_view(played.analysis))
    score = Score.of(played)
    sys.stdout.write(
        f"\n{case.name}: expected {', '.join(case.expected) or 'no finding'}; {score.words}\nrun: {played.run}\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
