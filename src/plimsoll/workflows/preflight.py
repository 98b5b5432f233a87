"""What a run would need, from the settings file to the disk: `plimsoll doctor`. A run makes the same checks itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from plimsoll.core.check import CheckResult, counted, failed, failed_by, ok, skipped, warning
from plimsoll.core.errors import PlimsollError
from plimsoll.core.profile import Profile, Stage
from plimsoll.load.language.scenario import Scenario, load_scenario
from plimsoll.load.processes.itinerary import mixes_of
from plimsoll.runs.directory import RUNS_ROOT
from plimsoll.settings.environment import Environment
from plimsoll.settings.loading import load_settings
from plimsoll.settings.masking import Secret, mask
from plimsoll.settings.settings import Settings
from plimsoll.workflows.checking_tuning import check_tuning
from plimsoll.workflows.checks.machine import judge_machine
from plimsoll.workflows.checks.needs import Needs, needs_of, pool_size
from plimsoll.workflows.checks.server import SERVER_CHECKS
from plimsoll.workflows.examining import check_feeds, check_load, examine, load_words
from plimsoll.workflows.looking import look_at_machine
from plimsoll.workflows.target import TargetRequest, choose, embedded_data, open_target, reach

_NOBODY = Profile("unknown", "constant-users", (Stage(1, 1.0),))  # stands in where the profile cannot be read
_EMBEDDED = {
    False: "the project's own server, started to look at it and stopped again",
    True: "a server of the project's own, to be made by the first run; a throwaway stands in for it here",
}


@dataclass(frozen=True, slots=True)
class PreflightRequest:
    """What would be run. `dsn` may be "env:NAME". `profile` makes the profile from the settings, which may fail."""

    environ: Mapping[str, str]
    profile: Callable[[Settings], Profile]
    scenario: Path | None = None
    config: Path | None = None
    environment: str | None = None
    dsn: Secret | None = None
    allow_protected: Sequence[str] = ()
    url: str | None = None
    connections: int | None = None
    connections_said: bool = False
    processes: int = 1
    runs_root: Path = RUNS_ROOT
    samples_bytes_max: int = 0


async def preflight(request: PreflightRequest) -> list[CheckResult]:
    """Checks everything that a run would need, from the settings file to the disk; changes and refuses nothing.

    What cannot be checked because of an earlier failure is told as skipped. An embedded server is started on the
    project's data, or where there are none yet on a throwaway, and stopped again.
    """
    results = await _Preflight(request).run()
    return [
        replace(result, detail=mask(result.detail)) for result in results
    ]  # a scenario's own errors may hold any text


class _Preflight:
    """One walk through the checks; each step that fails leaves out those that build on it."""

    def __init__(self, request: PreflightRequest) -> None:
        self._request = request
        self._results: list[CheckResult] = []
        self._profile = _NOBODY
        self._scenario: Scenario | None = None

    async def run(self) -> list[CheckResult]:
        settings = self._settings()
        wanted = None
        if settings is not None:
            self._results.append(self._read_profile(settings))
            wanted = self._wanted(settings)
        self._results.append(self._read_scenario())
        if wanted is None:
            self._leave_out("the target is not known")
        else:
            await self._examine(*wanted)
        return self._results

    def _settings(self) -> Settings | None:
        try:
            settings = load_settings(self._request.config)
        except PlimsollError as error:
            self._results.append(failed_by("settings", error))
            return None
        self._results.append(ok("settings", _settings_words(settings)))
        return settings

    def _read_profile(self, settings: Settings) -> CheckResult:
        try:
            self._profile = self._request.profile(settings)
        except PlimsollError as error:
            return failed_by("profile", error)
        users, processes = self._profile.users_max, self._request.processes
        if processes > users:
            return failed("profile", f"{processes} processes for {counted(users, 'user')}", f"--processes {users}")
        return ok("profile", load_words(self._profile))

    def _wanted(self, settings: Settings) -> tuple[TargetRequest, Environment] | None:
        """Where it goes and under which limits; None, with the reason told, where it may not."""
        try:
            asked = self._target_request(settings)
            environment = choose(asked)
            dsn = _dsn(asked, environment)
        except PlimsollError as error:
            self._results.append(failed_by("environment", error))
            return None
        self._results.append(ok("environment", f"{environment.name}: {_place(asked, environment, dsn)}"))
        return self._allowed(asked, environment, dsn)

    def _target_request(self, settings: Settings) -> TargetRequest:
        """With the DSN looked up where it names a variable. Raises RefusedError."""
        request = self._request
        dsn = Environment("--dsn", database=request.dsn).dsn(request.environ) if request.dsn else None
        return TargetRequest(
            settings, request.environ, request.environment, dsn, request.allow_protected, _project(), request.url
        )

    def _allowed(
        self, asked: TargetRequest, environment: Environment, dsn: Secret | None
    ) -> tuple[TargetRequest, Environment] | None:
        if environment.is_embedded and environment.url is None:
            self._results.append(ok("protection", "an embedded server needs none"))
            return asked, environment
        try:
            _, environment = reach(asked, environment)
        except PlimsollError as error:
            self._results.append(failed_by("protection", error))
            return None
        self._results.append(_protection(asked, environment))
        return asked, environment

    def _read_scenario(self) -> CheckResult:
        path = self._request.scenario
        if path is None:
            return skipped("scenario", "none was named: plimsoll doctor SCENARIO looks at it too")
        try:
            self._scenario = load_scenario(path)
            mixes_of(self._profile, self._scenario.journeys)
        except PlimsollError as error:
            return failed_by("scenario", error)
        journeys, feeds = len(self._scenario.journeys), len(self._scenario.feeds)
        return ok("scenario", f"{path}: {counted(journeys, 'journey')}, {counted(feeds, 'feed')}")

    async def _examine(self, asked: TargetRequest, environment: Environment) -> None:
        needs = self._needs(environment)
        try:
            async with open_target(asked) as opened:
                root = self._request.runs_root
                self._results += (await examine(opened, self._profile, needs, root, self._scenario)).results
                if self._scenario is not None and self._scenario.feeds:
                    self._results.append(await check_feeds(opened, self._scenario))
                self._results.append(await check_tuning(opened))
        except PlimsollError as error:
            self._results += [check_load(environment, self._profile), failed_by("connect", error)]
            self._leave_out("there is no connection", connect=False)

    def _leave_out(self, reason: str, *, connect: bool = True) -> None:
        names = ("connect", *SERVER_CHECKS) if connect else SERVER_CHECKS
        self._results += [skipped(name, reason) for name in names]
        self._results += judge_machine(look_at_machine(self._request.runs_root), self._needs(None))

    def _needs(self, environment: Environment | None) -> Needs:
        request = self._request
        pool = pool_size(request.connections, environment, said=request.connections_said)
        return needs_of(
            self._profile,
            pool=pool,
            processes=request.processes,
            journeys=() if self._scenario is None else self._scenario.journeys,
            samples_bytes_max=request.samples_bytes_max,
        )


def _project() -> Path | None:
    """The project whose embedded server has data already; None for a throwaway, which leaves nothing behind."""
    return Path() if embedded_data(Path()).exists() else None


def _dsn(asked: TargetRequest, environment: Environment) -> Secret | None:
    """The DSN, without placeholders; None for an embedded database, and where only a URL is loaded.

    Raises RefusedError, UsageError.
    """
    if asked.dsn is not None:
        return asked.dsn
    only_url = environment.database is None and environment.url is not None
    return None if environment.is_embedded or only_url else environment.dsn(asked.environ)


def _place(asked: TargetRequest, environment: Environment, dsn: Secret | None) -> str:
    """Database and URL, as far as there are any."""
    embedded = _EMBEDDED[asked.project is None] if environment.is_embedded and dsn is None else ""
    return " and ".join(filter(None, [str(dsn) if dsn is not None else embedded, environment.url]))


def _protection(asked: TargetRequest, environment: Environment) -> CheckResult:
    if environment.protected:
        return ok("protection", f"{environment.name} is protected and allowed: statements run read-only, within limits")
    unknown = asked.settings.unknown_protected(asked.environ)
    if unknown:
        return warning(
            "protection",
            f"whether the target is {' or '.join(unknown)}, which are protected, is unknown: their variables are unset",
            "set the variables that plimsoll.toml names for them",
        )
    return ok("protection", "the target is not among the protected ones")


def _settings_words(settings: Settings) -> str:
    if not (settings.environments or settings.profiles):
        return f"{settings.source}: only the environment embedded, no profiles"
    return f"{settings.source}: {counted(len(settings.environments), 'environment')}, " + counted(
        len(settings.profiles), "profile"
    )
