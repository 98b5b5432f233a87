"""Which database a command is about, and how it was named."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plimsoll.core.tuning.named import Named
    from plimsoll.workflows.target import TargetRequest


def named_of(config: Path | None, env: str | None, dsn: str | None, allowed: Sequence[str] = ()) -> "Named":
    """Without what a DSN holds, and without a variable that lives no longer than we do."""
    from plimsoll.core.tuning.named import HIDDEN_DSN, Named, shown_dsn
    from plimsoll.workflows.tuning.apart import DSN_NAME

    shown = HIDDEN_DSN if dsn == f"env:{DSN_NAME}" else shown_dsn(dsn)
    return Named(env or "", shown, str(config or ""), tuple(allowed))


def where_of_tuning(
    tunings: Path, which: str, config: Path | None, env: str | None, dsn: str | None, allowed: Sequence[str]
) -> "tuple[TargetRequest, Named]":
    """The database as it is named now, else as it was when the advice was made. Raises RunDirectoryError where there is
    no such tuning, UsageError where nothing names its database."""
    from plimsoll.cli.seed_options import where_of
    from plimsoll.core.errors import UsageError
    from plimsoll.core.tuning.named import HIDDEN_DSN
    from plimsoll.workflows.tuning.keeping import kept

    found = kept(tunings, which)
    if env is None and dsn is None:
        before = found.tuning.named
        if before.dsn == HIDDEN_DSN:
            raise UsageError(
                "no database is named",
                where=f"tuning {found.id}",
                why="it was made with --dsn, and a DSN is not kept",
                remedy="--dsn DSN, as for plimsoll tune; --dsn env:NAME is kept, and so is --env NAME",
            )
        env, dsn = before.environment or None, before.dsn or None
        config = config or (Path(before.config) if before.config else None)
    return where_of(config, env, dsn, allowed), named_of(config, env, dsn, allowed)
