"""What was advised as files: the migration, what takes it back, a page, Markdown."""

from collections.abc import Callable
from pathlib import Path

from plimsoll.core.errors import UsageError
from plimsoll.core.tuning.advice import Tuning
from plimsoll.report.tuning.html import tuning_page
from plimsoll.report.tuning.markdown import tuning_markdown
from plimsoll.runs.directory import write_whole
from plimsoll.tune.migrating.writing import migration, undo
from plimsoll.workflows.tuning.masking import masked

Form = Callable[[Tuning], str]


def write_outputs(
    tuning: Tuning, out: Path | None, undo_out: Path | None, html: Path | None, markdown: Path | None
) -> list[Path]:
    """The files that were written. Raises UsageError for one that cannot be."""
    shown = masked(tuning)
    forms: list[tuple[Path | None, Form, Tuning]] = [
        (out, migration, tuning),
        (undo_out, undo, tuning),
        (html, tuning_page, shown),
        (markdown, tuning_markdown, shown),
    ]
    return [_written(path, form(of)) for path, form, of in forms if path is not None]


def _written(path: Path, text: str) -> Path:
    try:
        write_whole(path, text)
    except OSError as error:
        raise UsageError(
            f"cannot write {path}", why=error.strerror or str(error), remedy="name another file"
        ) from error
    return path
