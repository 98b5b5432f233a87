"""Commands that are advised: they name what the reader has to put in, and nothing that cannot be run."""

import re
from pathlib import Path

import plimsoll.analyze.recommending as recommending

ADVISED = re.compile(r"plimsoll (?:run|find)\s+(\S+?)[\s\"]")


def test_commands_name_no_scenario_without_its_file() -> None:
    texts = [path.read_text() for path in Path(recommending.__path__[0]).glob("*.py")]
    named = [found for text in texts for found in ADVISED.findall(text)]
    assert set(named) == {"SCENARIO"}, "a scenario's name alone cannot be run: its file is not known"
