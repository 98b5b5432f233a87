"""The entry point: the command line, and every error as an exit code."""

import atexit
import errno
import os
import signal
import sys

INTERRUPTED = 130


def main() -> None:
    """A traceback never reaches a user, unless PLIMSOLL_TRACEBACK asks for it."""
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)  # one that comes while the interpreter shuts down
    try:
        _run()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)


def _run() -> None:
    """Imports within: a Ctrl-C while they go on, for a fifth of a second, is told as any other."""
    import typer

    from plimsoll.cli.app import app, usage_error
    from plimsoll.cli.exits import UNEXPECTED, USAGE, exit_code, one_line, say_error
    from plimsoll.core.errors import PlimsollError

    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False) or 0
        sys.stdout.flush()  # what cannot be written fails here, where it is told
        sys.exit(code)
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # a group without its command; Typer does not export the class
            print(getattr(error, "message", ""))
            sys.exit(0)
        say_error(usage_error(error))
        sys.exit(USAGE)
    except PlimsollError as error:
        say_error(error)
        sys.exit(exit_code(error))
    except typer.Abort:
        raise KeyboardInterrupt from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # who read our output has gone
        sys.exit(UNEXPECTED)
    except Exception as error:  # the last line of defence
        if isinstance(error, OSError) and error.errno == errno.ENOSPC and error.filename is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left goes nowhere at the exit
            print("error: cannot write the output: no space is left there. try: another place", file=sys.stderr)
            sys.exit(UNEXPECTED)
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
