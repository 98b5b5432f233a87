"""`python -m tests.prove.scaling.mutant "no retries" serve …` is `plimsoll serve …` without a mechanism."""

import sys

from plimsoll.cli.main import main
from tests.prove.scaling.mutations import MUTATIONS

if __name__ == "__main__":
    MUTATIONS[sys.argv.pop(1)].patch()
    main()
