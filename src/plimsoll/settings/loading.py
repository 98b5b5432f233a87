"""Reading plimsoll.toml: a text becomes `Settings`, or an error with file, line, table, key and the nearest right."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from plimsoll.core.cron import parse_cron
from plimsoll.core.errors import UsageError
from plimsoll.core.goal_text import TOTAL, Goal, parse_goal
from plimsoll.core.profile import Profile, Stage
from plimsoll.settings.alerts import make_alerts
from plimsoll.settings.environment import Environment
from plimsoll.settings.file import File
from plimsoll.settings.masking import Secret, mask
from plimsoll.settings.monitor import make_monitor
from plimsoll.settings.places import line_of
from plimsoll.settings.profile_shape import executor_of, stages_of_shape
from plimsoll.settings.schedules import Schedule, make_schedule, read_zone
from plimsoll.settings.schema import (
    AbortTable,
    AlertsTable,
    CacheTable,
    EnvironmentTable,
    HttpTable,
    KeepTable,
    MonitorServerTable,
    MonitorTable,
    ProfileTable,
    QuietTable,
    RuleTable,
    ScheduleTable,
    StageTable,
    WebhookTable,
)
from plimsoll.settings.serve_table import ServeTable
from plimsoll.settings.settings import Settings
from plimsoll.settings.web import TlsOptions, WebSettings

FILE_NAME: Final = "plimsoll.toml"
FILE_BYTES_MAX: Final = 1_000_000  # a settings file is some kilobytes; a larger one is another file

_Path = Sequence[str | int]


def load_settings(path: Path | None = None) -> Settings:
    """The settings of a file; without a path of `./plimsoll.toml` if there is one, else the built-in defaults.

    Raises UsageError; variables that `env:` names are read only when they are used.
    """
    if path is None:
        path = Path(FILE_NAME)
        if not path.exists():
            return Settings()
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise UsageError(f"cannot read {path}", why=f"it is larger than {FILE_BYTES_MAX:,} bytes")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"cannot read {path}", why="it is not UTF-8 text") from None
    except OSError as error:
        raise UsageError(
            f"cannot read {path}", why=error.strerror or "", remedy="plimsoll init writes one, --config names another"
        ) from None
    return parse_settings(text, source=str(path))


def parse_settings(text: str, *, source: str = FILE_NAME) -> Settings:
    """The settings that a TOML text states; `source` names it in errors. Raises UsageError."""
    reader = _Reader(text, source)
    file = reader.file()
    settings = Settings(
        environments={name: _environment(name, table) for name, table in file.environments.items()},
        profiles={name: reader.profile(name, table) for name, table in file.profiles.items()},
        profile_goals={
            name: reader.goals(table.goals, TOTAL, ("profiles", name, "goals")) for name, table in file.profiles.items()
        },
        goals=tuple(
            goal for scope, texts in file.goals.items() for goal in reader.goals(texts, scope.strip(), ("goals", scope))
        ),
        monitor=make_monitor(file.monitor),
        alerts=make_alerts(file.alerts, reader.placing),
        abort=reader.goals(file.abort.when, TOTAL, ("abort", "when"), what="abort condition"),
        cache_tables=tuple(f"{name}={','.join(tags)}" for name, tags in file.cache.tables.items()),
        serve={name: table.stated for name, table in file.serve.items()},
        source=source,
    )
    return replace(
        settings, schedules={name: reader.schedule(name, table, settings) for name, table in file.schedules.items()}
    )


def _environment(name: str, table: EnvironmentTable) -> Environment:
    stated = table.model_dump(exclude={"database", "watch_database", "max_duration", "statement_timeout", "http"})
    return Environment(
        name=name,
        database=Secret(table.database) if table.database is not None else None,
        watch_database=Secret(table.watch_database) if table.watch_database is not None else None,
        max_duration_s=table.max_duration,
        statement_timeout_s=table.statement_timeout,
        web=_web(table.http),
        **stated,
    )


def _web(table: HttpTable) -> WebSettings:
    times = {
        "connect_timeout_s": table.connect_timeout,
        "first_byte_timeout_s": table.first_byte_timeout,
        "timeout_s": table.timeout,
    }
    return WebSettings(
        connections=None if table.connections == "per-user" else table.connections,
        tls=TlsOptions(_file(table.ca), _file(table.certificate), _file(table.key), table.verify),
        **{name: value for name, value in times.items() if value is not None},
    )


def _file(text: str | None) -> Path | None:
    return None if text is None else Path(text)


@dataclass(frozen=True)
class _Reader:
    """One text on its way to being settings; knows where in it an error belongs."""

    text: str
    source: str

    def file(self) -> File:
        try:
            return File.model_validate(tomllib.loads(self.text))
        except tomllib.TOMLDecodeError as error:
            raise UsageError(
                f"{self.source} is not valid TOML", why=mask(str(error)), remedy="mend that line; see https://toml.io"
            ) from None
        except ValidationError as error:
            raise self._invalid(error.errors(include_url=False, include_input=False)) from None

    def where(self, path: _Path) -> str:
        line = line_of(self.text, path)
        return f"{self.source}{f', line {line}' if line else ''}, {_said(path)}"

    def _invalid(self, errors: list[ErrorDetails]) -> UsageError:
        """The first of the errors, and how many more there are; an unknown key may explain others, so it goes first."""
        first = next((error for error in errors if error["type"] == "extra_forbidden"), errors[0])
        more = f"{len(errors) - 1} more like this" if len(errors) > 1 else ""
        path = [part for part in first["loc"] if part not in ("per-user", "literal['per-user']", "constrained-int")]
        if first["type"] == "extra_forbidden":
            return self._unknown_key(path, more)
        where = self.where(path)
        if first["type"] == "missing":
            return UsageError(f"{path[-1]!r} is missing", where=where, why=more, remedy=f"add {path[-1]} = ...")
        why = "; ".join(filter(None, [mask(_plain(first)), more]))
        return UsageError("wrong value", where=where, why=why, remedy=self._right(first["type"], path))

    def _right(self, kind: str, path: _Path) -> str:
        """The value as it belongs there, where that is plain. Only a goal's text is quoted: it is no secret."""
        value = self._stated(path)
        if kind == "tuple_type" and isinstance(value, str) and path[-1] != "stages":
            return f"write {json.dumps([value], ensure_ascii=False)}"
        return "see the file that plimsoll init writes"

    def _stated(self, path: _Path) -> Any:
        value: Any = tomllib.loads(self.text)
        for part in path:
            try:
                value = value[part]
            except (LookupError, TypeError):
                return None
        return value

    def _unknown_key(self, path: _Path, more: str) -> UsageError:
        *table, key = path
        known = _known_keys(table)
        nearest = get_close_matches(str(key), known, n=1)
        kind = "table" if not table else "key"
        return UsageError(
            f"unknown {kind} {key!r}",
            where=self.where(path),
            why="; ".join(filter(None, ["" if nearest else f"there are {', '.join(known)}", more])),
            remedy=f"did you mean {nearest[0]!r}?" if nearest else _form(table, kind),
        )

    def profile(self, name: str, table: ProfileTable) -> Profile:
        path = ("profiles", name)
        if name == "baseline":
            raise UsageError(
                "no profile may be called 'baseline'",
                where=self.where(path),
                why="a baseline is a run to compare with",
                remedy="give it another name",
            )
        with self.placing(path):
            executor, shaped = executor_of(table), stages_of_shape(table)
        stages = tuple(self._stage(executor, stage, (*path, "stages", n)) for n, stage in enumerate(table.stages))
        stated = {
            "arrivals": table.arrivals,
            "max_users": table.max_users,
            "iterations": table.iterations,
            "lateness_limit_s": table.lateness_limit,
            "queue_max": table.queue_max,
            "graceful_stop_s": table.graceful_stop,
            "warmup_s": table.warmup,
        }
        given: dict[str, Any] = {key: value for key, value in stated.items() if value is not None}
        try:
            return Profile(name, executor, (*shaped, *stages), **given)
        except UsageError as error:
            raise self._placed(error, path) from None

    def _stage(self, executor: str, stage: StageTable, path: _Path) -> Stage:
        wanted, other = ("rate", "users") if executor.endswith("-rate") else ("users", "rate")
        level = getattr(stage, wanted)
        if level is None or getattr(stage, other) is not None:
            raise UsageError(
                f"a stage of {executor!r} states {wanted}, and nothing of {other}",
                where=self.where(path),
                remedy=f'write {{{wanted} = 10, for = "30s"}}',
            )
        return Stage(level, stage.for_s, stage.ramp_s, stage.journeys)

    def schedule(self, name: str, table: ScheduleTable, settings: Settings) -> Schedule:
        """What a schedule refers to must be there: it would be found wanting at night."""
        path = ("schedules", name)
        self.goals(table.goals, TOTAL, (*path, "goals"))
        with self.placing((*path, "profile")):
            if table.profile is not None:
                settings.profile(table.profile)
        with self.placing((*path, "env")):
            settings.environment(table.env)
        with self.placing((*path, "cron")):
            cron = parse_cron(table.cron)
        with self.placing((*path, "timezone")):
            zone = read_zone(table.timezone)
        with self.placing(path):
            return make_schedule(name, cron, zone, table)

    def goals(self, texts: Sequence[str], scope: str, path: _Path, *, what: str = "goal") -> tuple[Goal, ...]:
        goals = []
        for number, text in enumerate(texts):
            try:
                goals.append(parse_goal(text, scope, what=what))
            except UsageError as error:
                raise self._placed(error, (*path, number)) from None
        return tuple(goals)

    @contextmanager
    def placing(self, path: _Path) -> Iterator[None]:
        """Errors of what is done meanwhile say where in the file they belong."""
        try:
            yield
        except UsageError as error:
            raise self._placed(error, path) from None

    def _placed(self, error: UsageError, path: _Path) -> UsageError:
        where = self.where(path)
        place = f"{where}: {error.where}" if error.where not in ("", self.source) else where
        return UsageError(error.what, where=place, why=error.why, remedy=error.remedy)


def _form(table: _Path, kind: str) -> str:
    """What to write where no known key is near."""
    if len(table) == 2 and table[0] == "profiles":
        return 'write for example stages = [{users = 3, for = "62s"}]'
    return f"leave it out, or use one of these {kind}s"


# Pydantic's kinds of error, as somebody who writes TOML would say them.
_KINDS: Final = {
    "string_type": 'it must be text in quotes',
    "bool_type": "it must be true or false, without quotes",
    "bool_parsing": "it must be true or false, without quotes",
    "int_type": "it must be a whole number, without quotes",
    "float_type": "it must be a number, without quotes",
    "float_parsing": "it must be a number, without quotes",
    "tuple_type": "it must be a list in brackets",
    "dict_type": "it must be a table",
    "model_type": "it must be a table",
}  # fmt: skip


def _plain(error: ErrorDetails) -> str:
    known = _KINDS.get(error["type"])
    return known or error["msg"].removeprefix("Value error, ").removeprefix("Input ").strip()


def _said(path: _Path) -> str:
    """A path as the reader sees it: `[environments.prod] max_users`, `[profiles.stress] stages, item 2`."""
    names = [part for part in path if isinstance(part, str)]
    depth = 2 if names[0] in ("environments", "profiles", "schedules", "alerts", "serve") else 1
    depth += names[:2] in (["alerts", "rules"], ["alerts", "webhooks"])
    table, rest = path[:depth], path[depth:]
    inner = "".join(f", item {part + 1}" if isinstance(part, int) else f" {part}" for part in rest)
    return f"[{'.'.join(map(str, table))}]{inner}"


def _known_keys(table: _Path) -> list[str]:
    """The keys that the file may have in a table."""
    model: type[BaseModel] = File
    models: Mapping[str, type[BaseModel]] = {
        "environments": EnvironmentTable,
        "http": HttpTable,
        "profiles": ProfileTable,
        "stages": StageTable,
        "abort": AbortTable,
        "schedules": ScheduleTable,
        "monitor": MonitorTable,
        "keep": KeepTable,
        "server": MonitorServerTable,
        "alerts": AlertsTable,
        "quiet": QuietTable,
        "webhooks": WebhookTable,
        "rules": RuleTable,
        "cache": CacheTable,
        "serve": ServeTable,
    }
    for part in table:
        model = models.get(str(part), model)
    return [field.alias or name for name, field in model.model_fields.items()]
