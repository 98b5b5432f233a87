"""What `plimsoll demo` shows: for now a bank of accounts."""

from pathlib import Path

from plimsoll import Demo


def demo() -> Demo:
    """The scenario with as many users as leave a small machine some air."""
    scenario = Path(__file__).parent / "scenarios" / "accounts.py"
    return Demo(scenario, users=8, goals=("p95<50ms", "errors<1%", "rate>100/s"))
