"""The example of docs/guides/cache-checking.md says what the guide says that it does."""

import contextlib
import io
import re
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "cache-checking.md"


def test_the_guides_example_prints_what_the_guide_shows() -> None:
    python, shown = re.findall(r"^```\w*\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(compile(python, GUIDE.name, "exec"), {})  # noqa: S102  # our own guide
    assert said.getvalue() == shown
