"""The command line: `fluentscribe COMMAND`. This file joins the commands and turns errors into exit codes."""

import os
import sys
from typing import Annotated

import typer

from fluentscribe.cli import migrate, seed, serve, sweep, worker
from fluentscribe.cli.failures import INTERRUPTED, REFUSED, UNEXPECTED, CommandError, as_command_error
from plimsoll import __version__

EXIT_CODES = """
| exit code | means |
|---|---|
| 0 | fine |
| 1 | something unexpected |
| 2 | wrong usage: an option, a variable |
| 3 | refused: the database cannot be used, or migrations are missing |
| 130 | interrupted |
"""

app = typer.Typer(
    name="fluentscribe",
    help="Fluent Scribe QA: a platform that finds errors in translated files, and scores them.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (migrate, seed, serve, sweep, worker):
    command.add_to(app)


def _version(asked: bool) -> None:
    if asked:
        print(f"fluentscribe {__version__}")
        raise typer.Exit


@app.callback()
def _fluentscribe(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """The entry point: a traceback never reaches a user, unless FLUENTSCRIBE_TRACEBACK asks for it."""
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], standalone_mode=False) or 0)
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # who read our output has gone
        sys.exit(UNEXPECTED)
    except Exception as error:  # the last line of defence
        if os.environ.get("FLUENTSCRIBE_TRACEBACK"):
            raise
        told = _told(error)
        print(told.line(), file=sys.stderr)
        sys.exit(told.code)


def _told(error: Exception) -> CommandError:
    if isinstance(error, typer.TyperException):
        return _usage(error)
    if isinstance(error, ImportError):
        return CommandError("a package is missing", str(error), "install plimsoll-line[fluentscribe]", REFUSED)
    why = f"{type(error).__name__}: {error}"
    remedy = "FLUENTSCRIBE_TRACEBACK=1 fluentscribe … shows where; please report it"
    return as_command_error(error) or CommandError("something went wrong unexpectedly", why, remedy, UNEXPECTED)


def _usage(error: typer.TyperException) -> CommandError:
    say = getattr(error, "format_message", lambda: str(error))
    context = getattr(error, "ctx", None)
    command = f" {context.info_name}" if context is not None and context.parent is not None else ""
    return CommandError("wrong command line", say(), f"fluentscribe{command} --help")


if __name__ == "__main__":
    main()
