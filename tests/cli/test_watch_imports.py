"""A watch runs for months beside what it watches: what it imports is memory."""

import subprocess
import sys

HEAVY = ("numpy", "polars", "scipy", "plotly", "pandas", "apprise", "sqlglot", "nicegui", "aiohttp", "httpx", "rich")
CODE = f"""
import sys
import plimsoll.cli.watch
import plimsoll.server.dashboard.analysis
from plimsoll.settings.loading import parse_settings
from plimsoll.server.serving import serve
from plimsoll.workflows.watch import watching
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def test_a_watch_without_pages_imports_no_numerics_and_no_pages() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
