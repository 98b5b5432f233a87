"""The peer: an XLIFF read and checked by translate-toolkit.

    python benchmarks/_toolkit_checks.py FILE LANGUAGE

Its checks of the kinds that we have, on every unit. Prints one JSON object.
"""

import json
import sys
import time

from translate.filters import checks  # type: ignore[import-not-found]  # in the throwaway environment alone
from translate.storage import factory  # type: ignore[import-not-found]

KINDS = [
    "untranslated", "unchanged", "xmltags", "printf", "pythonbraceformat", "variables", "numbers", "urls", "emails",
    "brackets", "doublequoting", "doublewords", "doublespacing", "puncspacing", "startwhitespace", "endwhitespace",
    "startpunc", "endpunc", "long", "short", "simplecaps", "startcaps", "newlines", "tabs", "escapes", "blank",
]  # fmt: skip


def main(path: str, language: str) -> None:
    began = time.process_time()
    units = [unit for unit in factory.getobject(path).units if unit.istranslatable()]
    parsed = time.process_time()
    checker = checks.StandardChecker(checkerconfig=checks.CheckerConfig(targetlanguage=language), limitfilters=KINDS)
    flags = sum(len(checker.run_filters(unit)) for unit in units)
    done = time.process_time()
    print(json.dumps({"units": len(units), "flags": flags, "parse_s": parsed - began, "checks_s": done - parsed}))


main(*sys.argv[1:])
