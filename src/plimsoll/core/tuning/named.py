"""How a database was named on the command line, so that the next command can name it, too. Pure."""

import shlex
from dataclasses import dataclass
from typing import Final

HIDDEN_DSN: Final = "DSN"  # in the place of one that was written out: it may hold a password
VARIABLE: Final = "env:"


@dataclass(frozen=True, slots=True)
class Named:
    """An environment, of a file that is not ./plimsoll.toml, or a DSN: "env:NAME", or "DSN" for any other. `allowed`
    are protected environments whose protection was lifted. All empty: the default environment."""

    environment: str = ""
    dsn: str = ""
    config: str = ""
    allowed: tuple[str, ...] = ()

    @property
    def options(self) -> str:
        """For a shell: "--env prod --allow-protected prod"."""
        single = (("--env", self.environment), ("--dsn", self.dsn), ("--config", self.config))
        said = [*single, *(("--allow-protected", name) for name in self.allowed)]
        return " ".join(f"{option} {shlex.quote(value)}" for option, value in said if value)


def shown_dsn(text: str | None) -> str:
    """The name of a variable is kept, a DSN is not."""
    return "" if not text else text if text.startswith(VARIABLE) else HIDDEN_DSN
