"""From the command line's --users, --rate, --iterations, --profile to a profile."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from plimsoll.core.errors import UsageError

if TYPE_CHECKING:
    from plimsoll.core.matrix import Cell
    from plimsoll.core.profile import Profile
    from plimsoll.settings.settings import Settings

DEFAULT_DURATION = "30s"


@dataclass(frozen=True, slots=True)
class ProfileOptions:
    """What was given; None where nothing was."""

    profile: str | None = None
    users: int | None = None
    rate: float | None = None
    iterations: int | None = None
    duration: str | None = None
    warmup: str | None = None
    max_users: int | None = None

    def build(self, settings: "Settings") -> "Profile":
        """The profile they mean. Raises UsageError where they contradict each other or make no sense."""
        from plimsoll.core.units import parse_duration

        base = self._named(settings) if self.profile is not None else self._made()
        if self.warmup is not None:
            base = replace(base, warmup_s=parse_duration(self.warmup, what="--warmup"))
        if self.max_users is not None:
            base = replace(base, max_users=self.max_users)
        return base

    def of(self, cell: "Cell") -> "ProfileOptions":
        """For one cell of a matrix. Raises UsageError where an option says the same."""
        for name, stated in (("users", self.users), ("rate", self.rate)):
            if name in cell and stated is not None:
                raise UsageError(
                    f"--{name} and --matrix {name}=... contradict each other", remedy=f"leave --{name} out"
                )
        users, rate = cell.get("users", self.users), cell.get("rate", self.rate)
        return replace(self, users=None if users is None else int(users), rate=None if rate is None else float(rate))

    def _named(self, settings: "Settings") -> "Profile":
        others = {"--users": self.users, "--rate": self.rate, "--iterations": self.iterations}
        given = [option for option, value in others.items() if value is not None]
        if given or self.duration is not None:
            raise UsageError(
                f"--profile {self.profile} and {(given or ['--duration'])[0]} contradict each other",
                why="the profile says both how much load there is and for how long",
                remedy="leave one of them out",
            )
        assert self.profile is not None
        return settings.profile(self.profile)

    def _made(self) -> "Profile":
        from plimsoll.core.check import counted
        from plimsoll.core.profile import Profile, Stage
        from plimsoll.core.units import parse_duration

        if self.rate is not None and (self.users is not None or self.iterations is not None):
            raise UsageError(
                "--rate contradicts --users and --iterations",
                why="a rate is an open loop: journeys begin by the clock",
                remedy="bound its users with --max-users",
            )
        for_s = parse_duration(self.duration or DEFAULT_DURATION, what="--duration")
        if self.rate is not None:
            return Profile(f"{self.rate:g}/s", "constant-rate", (Stage(self.rate, for_s),))
        users = 1 if self.users is None else self.users
        if self.iterations is not None:
            bound_s = for_s if self.duration is not None else 3600.0
            name = counted(self.iterations, "iteration")
            return Profile(name, "iterations", (Stage(users, bound_s),), iterations=self.iterations)
        return Profile(counted(users, "user"), "constant-users", (Stage(users, for_s),))
