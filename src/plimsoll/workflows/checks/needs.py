"""What a run is going to need of the target and of this machine."""

from collections.abc import Sequence
from dataclasses import dataclass

from plimsoll.core.profile import Profile
from plimsoll.load.language.scenario import Journey
from plimsoll.settings.environment import PER_USER, Environment


@dataclass(frozen=True, slots=True)
class Needs:
    """`connections` are those of all processes together. `reading`, `writing`: journeys without and with `writes=True`;
    without a scenario both are empty. `elsewhere`: other machines than this one make the load.
    """

    connections: int
    users: int
    processes: int
    reading: tuple[str, ...] = ()
    writing: tuple[str, ...] = ()
    samples_bytes_max: int = 0
    elsewhere: bool = False

    @property
    def connections_per_process(self) -> int:
        return -(-self.connections // self.processes)


def needs_of(
    profile: Profile,
    *,
    pool: int | None,
    processes: int,
    journeys: Sequence[Journey] = (),
    samples_bytes_max: int = 0,
    elsewhere: bool = False,
) -> Needs:
    """`pool` is the size of each process's pool, None for a connection for each user."""
    return Needs(
        connections=profile.users_max if pool is None else pool * processes,
        users=profile.users_max,
        processes=processes,
        reading=tuple(one.name for one in journeys if not one.writes),
        writing=tuple(one.name for one in journeys if one.writes),
        samples_bytes_max=samples_bytes_max,
        elsewhere=elsewhere,
    )


def pool_size(connections: int | None, environment: Environment | None, *, said: bool) -> int | None:
    """The size of each process's pool, None for a connection for each user: what was said goes before the file."""
    if said or environment is None:
        return connections
    return None if environment.connections == PER_USER else environment.connections
