"""The peer of the recorder: every value kept, as k6's trends do (a growing array of float64 for each metric and tag).

    python benchmarks/_kept_values.py VALUES STEPS

Keeps VALUES values, dealt out to STEPS trends, and prints what memory that took: one JSON object.
"""

import json
import sys
from array import array
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._machine import peak_mb


def main(values: int, steps: int) -> None:
    before_mb = peak_mb()
    trends = [array("d") for _ in range(steps)]
    draw = Random(1).random
    for n in range(values):
        trends[n % steps].append(draw())
    print(json.dumps({"mb": peak_mb() - before_mb}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
