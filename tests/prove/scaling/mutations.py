"""The mechanisms by which nothing is lost, each taken away: what the judge then has to find."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from tests.prove.scaling import faults
from tests.prove.scaling.faults import FAULTS
from tests.prove.scaling.playing import BY_WORKER, Fault

MUTATIONS: Final[dict[str, "Mutation"]] = {}
# HAProxy takes a worker for down after two checks of 0.5 s.
SLOWER: Final = replace(FAULTS["slow start of the only worker"], befall=partial(faults.next_starts_in, seconds=1.5))
RELOAD: Final = replace(FAULTS["reload"], befall=partial(faults.reload_times, times=1))


@dataclass(frozen=True, slots=True)
class Mutation:
    """`rule` is what is kept no more, `fault` where that is found; `patch` is called before `plimsoll serve` begins."""

    name: str
    rule: str
    fault: Fault
    patch: Callable[[], None] = lambda: None


def without(fault: Fault, rule: str) -> Callable[[Callable[[], None]], None]:
    """Makes a mutation of a function that breaks the rule; its name is the function's."""

    def take(patch: Callable[[], None]) -> None:
        name = patch.__name__.replace("_", " ")
        MUTATIONS[name] = Mutation(name, rule, fault, patch)

    return take


def otherwise(name: str, rule: str, fault: Fault, *words: str, application: tuple[str, ...] = ()) -> None:
    """One that needs no patch, only other words."""
    changed = replace(fault, words=(*fault.words, *words), application=application or fault.application)
    MUTATIONS[name] = Mutation(name, rule, changed)


otherwise(
    "sockets of workers",
    "Workers' listening sockets are the keeper's: what comes while one is dead waits for the next.",
    FAULTS["all workers killed"],
    application=BY_WORKER,
)
otherwise(
    "no grace",
    "Workers and HAProxy outlive their supervisor until the next one comes.",
    FAULTS["supervisor killed"],
    *("--grace", "0s"),
)


@without(
    FAULTS["HAProxy killed"], "The public listening socket is the keeper's: connections wait for the next HAProxy."
)
def haproxy_listens_itself() -> None:
    from plimsoll.scale.balancer import words
    from plimsoll.scale.balancer.files import STOP_LADDER
    from plimsoll.scale.serving.front import CHILD, LOG, SOCKET, STAGE, Front
    from plimsoll.scale.supervisor.holding import HeldSocket, Keeper, Program

    listening = Front._listening

    async def own(self: Front, keeper: Keeper) -> HeldSocket:
        held = await listening(self, keeper)
        await keeper.release(SOCKET)
        words.listening = lambda _: f"127.0.0.1:{held.port}"  # type: ignore[assignment]
        return held

    async def launch(self: Front) -> None:
        assert self._keeper is not None
        self.balancer.write()
        program = Program(self.balancer.argv(self._program), "/", stage=STAGE, ladder=STOP_LADDER, log=LOG)
        await self._keeper.start(CHILD, program)

    Front._listening, Front._launch = own, launch  # type: ignore[method-assign]


@without(
    FAULTS["HAProxy killed"], "What is wanted is written down before it is told: the next HAProxy knows the workers."
)
def workers_not_written_down() -> None:
    from plimsoll.scale.balancer.files import Files

    write = Files.write

    def nobody(self: Files, settings: Any, algorithm: Any, servers: Any, *more: Any) -> None:
        write(self, settings, algorithm, (), *more)

    Files.write = nobody  # type: ignore[assignment,method-assign]


@without(FAULTS["worker killed"], "GETs that a dying worker leaves unanswered are sent to another.")
def no_retries() -> None:
    from plimsoll.scale.balancer import configuration

    frontend = configuration._frontend

    def no_methods(settings: Any) -> list[str]:
        return ["http-request disable-l7-retry" if "disable-l7-retry" in line else line for line in frontend(settings)]

    configuration._frontend = no_methods


@without(FAULTS["worker killed"], "POSTs are never sent a second time.")
def everything_sent_again() -> None:
    from plimsoll.scale.balancer import configuration

    frontend = configuration._frontend

    def all_methods(settings: Any) -> list[str]:
        return [line for line in frontend(settings) if "disable-l7-retry" not in line]

    configuration._frontend = all_methods


@without(SLOWER, "While no worker is well, requests wait at workers' sockets.")
def no_last_resort() -> None:
    from plimsoll.scale.balancer import configuration, server, wanted

    def checked(settings: Any, servers: Any) -> Any:
        return (entry for entry in server.entries(settings, servers) if entry.checked)

    configuration.entries = wanted.entries = checked  # type: ignore[attr-defined]


@without(FAULTS["reload"], "Before a worker is told to end, HAProxy is told, and what it has in hand ends.")
def ended_without_drain() -> None:
    from plimsoll.scale.balancer.balancer import Balancer

    remove = Balancer.remove

    async def at_once(self: Balancer, name: str, **_: Any) -> int:
        return await remove(self, name, within_s=0)

    Balancer.remove = at_once  # type: ignore[method-assign]


@without(FAULTS["reload"], "HAProxy sends nothing more to a worker that is told to end.")
def haproxy_not_told() -> None:
    from plimsoll.scale.serving.front import Front

    async def nothing(self: Front, name: str) -> None:
        return None

    Front.remove = nothing  # type: ignore[method-assign]


@without(replace(RELOAD, words=("--workers", "1")), "A reload ends the old worker when the new one is ready.")
def old_ended_first() -> None:
    from plimsoll.scale.supervisor.fleet import Fleet
    from plimsoll.scale.supervisor.states import State

    begin = Fleet._begin_relief

    def and_end(self: Fleet, now: float) -> None:
        begin(self, now)
        for worker in [one for one in self.workers.values() if one.replaces is not None]:
            old = self.workers.get(worker.replaces or "")
            if old is not None and old.state is State.READY:
                self._retire(old, "ended first", now)

    Fleet._begin_relief = and_end  # type: ignore[method-assign]


@without(FAULTS["never again"], "What waits at a worker that cannot start for now is passed to those that serve.")
def nothing_passed_on() -> None:
    from plimsoll.scale.supervisor.lives import Lives

    Lives._pass = lambda *_: None  # type: ignore[method-assign]


@without(FAULTS["reload to what crashes"], "A worker gets requests after its first answer, and not before.")
def joined_before_ready() -> None:
    from plimsoll.scale.supervisor.fleet import Fleet
    from plimsoll.scale.supervisor.states import Started

    started = Fleet._dealing[Started]

    def joins(self: Fleet, event: Any, now: float) -> None:
        started(self, event, now)
        self._join(self.workers[event.name])

    Fleet._dealing[Started] = joins
