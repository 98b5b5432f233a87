"""What several commands' options mean."""

import os
from collections.abc import Mapping

from fluentscribe.cli.failures import REFUSED, CommandError

ADMIN = "env:FLUENTSCRIBE_ADMIN_DSN"


def secret_of(text: str, what: str, environ: Mapping[str, str] = os.environ) -> str:
    """The text, or the value of the variable that env:NAME names. Raises CommandError where it has none."""
    if not text.startswith("env:"):
        return text
    name = text.removeprefix("env:").strip()
    value = environ.get(name, "").strip()
    if not value:
        raise CommandError(f"{what} is missing", f"the variable {name} is not set", f"export {name}=…", REFUSED)
    return value
