"""What holds for every test: how Hypothesis draws, and that a full run leaves nothing out."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.sharing import CLAIMS, Sharing

pytest_plugins = ["plimsoll.testing.postgres", "plimsoll.testing.valkey", "pytester"]

# No deadline: the machine's speed is not what a property is about. In CI the draws are the same each time.
settings.register_profile("developer", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "developer")


NOT_GRANTED = "not granted here"
# The hundreds of commands and workers that are started here would else compile all of Plimsoll each for itself.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_configure(config: pytest.Config) -> None:
    """One of two processes of `make test` runs only what the other has not begun."""
    if claims := os.environ.get(CLAIMS):
        config.pluginmanager.register(Sharing(Path(claims)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With PLIMSOLL_TEST_ALL=1 every server is said to be here, so a test that leaves itself out has failed.

    What a kernel or a container does not grant can be installed by nobody: such a test says NOT_GRANTED.
    """
    report = yield
    if os.environ.get("PLIMSOLL_TEST_ALL") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        why = str(call.excinfo.value) if call.excinfo else item.name
        if NOT_GRANTED not in why:
            report.outcome = "failed"
            report.longrepr = f"left out, though PLIMSOLL_TEST_ALL=1: {why}"
    return report
