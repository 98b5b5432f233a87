"""What plimsoll.toml means: environments, profiles, goals and abort conditions, looked up by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.settings.alerts import AlertSettings
from plimsoll.settings.environment import EMBEDDED, Environment, dsn_identities, strictest
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorSettings
from plimsoll.settings.web import web_identities

if TYPE_CHECKING:
    from plimsoll.core.goal_text import Goal
    from plimsoll.core.profile import Profile
    from plimsoll.settings.schedules import Schedule

DEFAULT_ENVIRONMENT = Environment(EMBEDDED, database=Secret(EMBEDDED))


@dataclass(frozen=True)
class Settings:
    """Everything a plimsoll.toml says. `source` names the file in errors.

    `goals` are those of the table `[goals]`, which hold for every run; `goals_for` adds a profile's own. `abort` are
    conditions: when one holds, the run ends. `cache_tables` are as
    `plimsoll cache install --table` takes them. `serve` has options of `plimsoll serve` by what is
    served. There is always an environment "embedded".
    """

    environments: Mapping[str, Environment] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    profile_goals: Mapping[str, tuple[Goal, ...]] = field(default_factory=dict)
    goals: tuple[Goal, ...] = ()
    abort: tuple[Goal, ...] = ()
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    monitor: MonitorSettings = field(default_factory=MonitorSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    cache_tables: tuple[str, ...] = ()
    serve: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    source: str = "built-in defaults"

    def environment(self, name: str | None = None) -> Environment:
        """An environment by name; without one the file's only unprotected one, or "embedded" if the file has none.

        Raises UsageError with the nearest right name, or with all of them where none was named and it is not clear.
        """
        if name is None:
            return self._only_environment()
        if name in self.environments:
            return self.environments[name]
        if name == EMBEDDED:
            return DEFAULT_ENVIRONMENT
        raise self._unknown("environment", name, [*self.environments, EMBEDDED])

    def _only_environment(self) -> Environment:
        if not self.environments:
            return DEFAULT_ENVIRONMENT
        unprotected = [one for one in self.environments.values() if not one.protected]
        if len(unprotected) != 1:
            raise UsageError(
                "which environment?",
                where=self.source,
                why=f"there are {', '.join(self.environments)}",
                remedy="say --env NAME",
            )
        return unprotected[0]

    def overlaid(self, over: Settings) -> Settings:
        """With what another file says: its environments, profiles and lists of goals take the place of ours."""
        defaults = Settings()
        return replace(
            self,
            environments={**self.environments, **over.environments},
            profiles={**self.profiles, **over.profiles},
            profile_goals={**self.profile_goals, **over.profile_goals},
            goals=over.goals or self.goals,
            abort=over.abort or self.abort,
            serve={**self.serve, **over.serve},
            monitor=self.monitor if over.monitor == defaults.monitor else over.monitor,
            source=f"{self.source} with {over.source}",
        )

    def profile(self, name: str) -> Profile:
        """A profile by name; raises UsageError with the nearest right one."""
        if name not in self.profiles:
            raise self._unknown("profile", name, self.profiles)
        return self.profiles[name]

    def schedule(self, name: str) -> Schedule:
        """A schedule by name; raises UsageError with the nearest right one."""
        if name not in self.schedules:
            raise self._unknown("schedule", name, self.schedules)
        return self.schedules[name]

    def goals_for(self, profile: str | None = None) -> tuple[Goal, ...]:
        """What a run is judged by: the profile's goals, then everybody's."""
        return (*self.profile_goals.get(profile or "", ()), *self.goals)

    def protection_for(
        self, dsn: Secret | None, environ: Mapping[str, str], *, url: str | None = None, via: str | None = None
    ) -> Environment | None:
        """The protected environment that a DSN or a URL leads to, whatever name it goes by; None if there is none.

        Where several protect the same one, the strictest of each limit holds, under the name of `via` (the
        environment that was asked for) if it is one of them. Protected environments whose variable is unset cannot be
        compared: see `unknown_protected`.
        """
        target = frozenset() if dsn is None else dsn_identities(dsn.reveal(), environ)
        site = web_identities(url)
        known = {
            one.name: one
            for one in self._protected()
            if target & one.identities(environ) or site & web_identities(one.url)
        }
        if not known:
            return None
        first = known.get(via or "") or next(iter(known.values()))
        return strictest(first, *known.values())

    def unknown_protected(self, environ: Mapping[str, str]) -> tuple[str, ...]:
        """Names of protected environments whose variable is not set, so that a target cannot be compared with them."""
        return tuple(one.name for one in self._protected() if one.variable and not environ.get(one.variable))

    def _protected(self) -> Iterable[Environment]:
        return (one for one in self.environments.values() if one.protected)

    def _unknown(self, kind: str, name: str, known: Iterable[str]) -> UsageError:
        names = list(known)
        nearest = get_close_matches(name, names, n=1)
        there_are = f"there are {', '.join(names)}" if names else f"the file defines no {kind}"
        remedy = f"did you mean {nearest[0]!r}?" if nearest else f"add [{kind}s.{name}]"
        return UsageError(f"unknown {kind} {name!r}", where=self.source, why=there_are, remedy=remedy)


def refuse_unallowed(protection: Environment | None, allowed: Iterable[str]) -> None:
    """Raises RefusedError for a protected target unless its name is among `allowed` (--allow-protected NAME)."""
    if protection is not None and protection.name not in set(allowed):
        raise RefusedError(
            f"the target is protected: it is environment {protection.name!r}",
            why=f"{_known_by(protection)} a protected environment",
            remedy=f"say --allow-protected {protection.name} if it is meant: {_then(protection)}",
        )


def _known_by(protection: Environment) -> str:
    if protection.url is None:
        return "its host and database are those of"
    return "its URL is that of" if protection.database is None else "its host and database, or its URL, are those of"


def _then(protection: Environment) -> str:
    """What is done to it all the same."""
    if protection.database is None and protection.url is not None:
        return "only GET and HEAD are sent"
    return "a run then only reads, a fill writes"
