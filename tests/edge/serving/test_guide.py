"""docs/guides/edge.md: its program, its purge, and its numbers."""

import re
from pathlib import Path
from typing import Any

from plimsoll.edge import Edge, Limits, Settings
from plimsoll.edge.keys import VARIANTS_MAX, VARY_MAX
from plimsoll.edge.rules.policy import UNDERSTOOD
from plimsoll.edge.rules.tags import TAGS_MAX
from plimsoll.edge.serving.cleaning import UNKEYED
from plimsoll.edge.serving.control import FIGURES, PURGE, purge_of
from plimsoll.edge.serving.origin.pool import Bounds
from plimsoll.edge.store.purge import PURGED_MAX, Reach
from plimsoll.workflows.edge import TELL_S
from tests.edge.serving.town import FRESH, Scripted, ok, run, within

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "edge.md").read_text("utf-8")


def test_its_program_works() -> None:
    async def story() -> None:
        names: dict[str, Any] = {"application": Scripted(ok(FRESH, "Cache-Tag: project:7"))}
        for program in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL):
            exec(program, names)  # noqa: S102  # the guide's own
        edge: Edge = names["app"]
        assert [(await within(edge, "/a")).is_hit for _ in range(2)] == [False, True]
        (call,) = re.findall(r"`app\.(purge\(.*?)` is done", GUIDE)
        assert eval(f"app.{call}", {"app": edge, "Purge": __import__("plimsoll.edge").edge.Purge}) == 1  # noqa: S307

    run(story)


def test_its_purge_is_one() -> None:
    (body,) = re.findall(r"-d '(.*)'", GUIDE)
    purge = purge_of(body.encode())
    assert (purge.tags, purge.reach) == (("project:7",), Reach.HARD)
    assert f"{PURGE.decode()} " in GUIDE
    assert f"{FIGURES.decode()} " in GUIDE


def test_its_numbers_are_so() -> None:
    bounds, settings = Bounds(), Settings()
    assert (bounds.connect_s, bounds.answer_s, bounds.pause_s) == (5, 60, 30)
    assert (settings.wait_s, settings.pass_s, TELL_S) == (5, 10, 10)
    assert (VARIANTS_MAX, VARY_MAX, TAGS_MAX, PURGED_MAX) == (32, 8, 50, 1_000)
    assert (Limits().bytes, Limits().object_max, Limits(bytes=80).object_max) == (256 * 2**20, 8 * 2**20, 10)
    assert {200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 410} == UNDERSTOOD
    assert {b"x-forwarded-host", b"x-original-url", b"x-http-method-override"} <= UNKEYED
