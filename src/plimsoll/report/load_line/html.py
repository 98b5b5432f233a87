"""find.html."""

from collections.abc import Mapping

from plimsoll.core.load_line import LoadLine


def render_line(line: LoadLine, links: Mapping[str, str]) -> str:
    return f"<!DOCTYPE html><p>{line.because}</p>"
