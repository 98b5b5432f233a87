"""How two processes share the suite: who comes to the tests of a file first runs them, so that both end together."""

import gc
import os
from pathlib import Path

import pytest

CLAIMS = "PLIMSOLL_TEST_CLAIMS"  # a directory with a file for each group that somebody runs


class Sharing:
    """Runs the groups that this process was the first to claim; of the others nothing is said."""

    def __init__(self, claims: Path) -> None:
        self._claims = claims
        self._ours: dict[str, bool] = {}

    def is_ours(self, group: str) -> bool:
        if group not in self._ours:
            self._ours[group] = claimed(self._claims / group)
        return self._ours[group]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """pytest's own loop, except that only our tests are in it: what is torn down depends on which comes next."""
        if session.testsfailed or session.config.option.collectonly:
            return None  # pytest knows what to say of tests that it could not read
        gc.collect()
        gc.freeze()  # all that was read stays to the end: looking through it again takes 0.2 s, ten times in a minute
        ours = (item for item in session.items if self.is_ours(group_of(item)))
        item = next(ours, None)
        while item is not None:
            following = next(ours, None)
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
            item = following
        return True


def claimed(path: Path) -> bool:
    """Whether nobody had it before."""
    try:
        path.open("x").close()
    except FileExistsError:
        return False
    return True


def group_of(item: pytest.Item) -> str:
    """The tests of a file, whose fixtures are made once; those on another server come at another time."""
    spec = getattr(item, "callspec", None)
    server = spec.params.get("each_postgres_server", "") if spec is not None else ""
    return f"{item.nodeid.partition('::')[0]}@{server}".replace(os.sep, "+")
