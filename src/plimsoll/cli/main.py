"""The command line: `plimsoll COMMAND`. One file a command; this one joins them and turns errors into exit codes."""

import os
import sys
from typing import Annotated

import typer

from plimsoll import __version__
from plimsoll.cli import capture, demo, doctor, importing, init, report, run, runs, scheduling, seed
from plimsoll.cli.exits import INTERRUPTED, UNEXPECTED, USAGE, exit_code, one_line, say_error
from plimsoll.core.errors import PlimsollError, UsageError

app = typer.Typer(
    name="plimsoll",
    help="Find how much load a PostgreSQL-backed platform carries, and what holds it down.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (demo, init, doctor, capture, seed, importing, run, runs, scheduling, report):
    command.add_to(app)


def _version(asked: bool) -> None:
    if asked:
        print(f"plimsoll {__version__}")
        raise typer.Exit


@app.callback()
def _plimsoll(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    pass


def _usage(error: typer.TyperException) -> UsageError:
    """Typer's complaint about the command line, in the form of all our errors."""
    say = getattr(error, "format_message", lambda: str(error))
    context = getattr(error, "ctx", None)
    names: list[str] = []
    while context is not None and context.parent is not None:
        names.insert(0, context.info_name)
        context = context.parent
    command = " ".join(["plimsoll", *names])
    return UsageError(f"wrong command line: {say().rstrip('.')}", remedy=f"{command} --help")


def main() -> None:
    """The entry point: a traceback never reaches a user, unless PLIMSOLL_TRACEBACK asks for it."""
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], standalone_mode=False) or 0)
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # a group without its command; Typer does not export the class
            print(getattr(error, "message", ""))
            sys.exit(0)
        say_error(_usage(error))
        sys.exit(USAGE)
    except PlimsollError as error:
        say_error(error)
        sys.exit(exit_code(error))
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # who read our output has gone
        sys.exit(UNEXPECTED)
    except Exception as error:  # the last line of defence
        if os.environ.get("PLIMSOLL_TRACEBACK"):
            raise
        from plimsoll.settings.masking import mask

        print(
            f"error: something went wrong that Plimsoll did not expect: {type(error).__name__}: "
            f"{one_line(mask(str(error)))}. try: PLIMSOLL_TRACEBACK=1 plimsoll ... shows where; please report it",
            file=sys.stderr,
        )
        sys.exit(UNEXPECTED)


if __name__ == "__main__":
    main()
