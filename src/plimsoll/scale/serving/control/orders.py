"""What each order does: asked of the supervisor that serves, and told to it."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from plimsoll.core.errors import PlimsollError, UsageError
from plimsoll.core.scaling import ScalingConfig, ScalingStatus
from plimsoll.scale.balancer.algorithm import Algorithm
from plimsoll.scale.policy.changing import change, changeable
from plimsoll.scale.serving import told as kept
from plimsoll.scale.serving.control import status as told_of
from plimsoll.scale.serving.control.server import Order
from plimsoll.scale.serving.control.words import Words
from plimsoll.scale.serving.front import Front
from plimsoll.scale.serving.history import ASKED_MAX, History
from plimsoll.scale.serving.steering import Steering
from plimsoll.scale.serving.told import Told
from plimsoll.scale.supervisor.supervising import Supervisor

HISTORY: Final = 100  # entries, where nobody says how many


class Control:
    """One application that is served. What is told is kept in its state directory, and `say` hears of it."""

    def __init__(
        self,
        name: str,
        supervisor: Supervisor,
        front: Front,
        steering: Steering,
        history: History,
        *,
        workers_most: int,
        reload: Callable[[], Awaitable[None]],
        say: Callable[[str], None],
    ) -> None:
        self._name, self._most = name, workers_most
        self._supervisor, self._front, self._steering, self._history = supervisor, front, steering, history
        self._reload, self._say = reload, say
        self._directory = supervisor.place.state
        self._told = Told()
        self._spreading = asyncio.Lock()
        self._started = changeable(steering.policy)  # what it was started with

    def orders(self) -> dict[str, Order]:
        return {
            "status": self.status, "history": self.history, "scale": self.scale, "pause": self.pause,
            "reload": self.reload, "balance": self.balance, "config": self.config, "reset-metrics": self.reset_metrics,
        }  # fmt: skip

    def resume(self, told: Told) -> None:
        """Go on as a supervisor before us was told, who did not end in order; what does not fit any more is said.
        Algorithm and weights are the front's from its beginning."""
        words = [_in_words(told.changes)] if told.changes else []
        self._told = replace(told, changes={})
        try:
            self._apply(told.changes)
        except PlimsollError as error:
            self._say(f"what was told before does not fit any more: {error}")
            words = []
        self._steering.paused = told.paused
        words += [told.algorithm.value] if told.algorithm else []
        words += ["weights of workers"] if told.weights else []
        words += ["paused"] if told.paused else []
        if words:
            self._note(f"goes on as it was told before: {', '.join(words)}")

    async def status(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        Words(asked).end()
        return self._status().to_json()

    async def history(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        words = Words(asked)
        since, limit = words.number("since", 0.0), words.whole("limit", HISTORY, least=1, most=ASKED_MAX)
        words.end()
        return self._history.since(since, limit).to_json()

    async def scale(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        words = Words(asked)
        number, least, most = (
            words.maybe_whole(name, 1, self._most) for name in ("workers", "workers_min", "workers_max")
        )
        as_started = words.truth("as_started", False)
        words.end()
        if (number is None and least is None and most is None) != as_started or (
            number is not None and (least is not None or most is not None)
        ):
            raise UsageError("how many workers?", remedy="a number, a range, or as it was started with")
        if as_started:
            changes = {name: self._started[name] for name in ("workers_min", "workers_max")}
        elif number is not None:
            changes = {"workers_min": number, "workers_max": number}
        else:
            ends = {"workers_min": least, "workers_max": most}
            changes = {name: value for name, value in ends.items() if value is not None}
        self._change(changes)
        return self._status().to_json()

    async def pause(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        words = Words(asked)
        paused = words.truth("paused", True)
        words.end()
        if paused != self._steering.paused:
            self._keep(replace(self._told, paused=paused))
            self._steering.paused = paused
            self._note("paused: the policy decides on, and nothing comes of it" if paused else "goes on scaling")
        return self._status().to_json()

    async def reload(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        Words(asked).end()
        await self._reload()
        return self._status().to_json()

    async def balance(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        words = Words(asked)
        name, weights = words.text("algorithm"), words.weights("weights")
        words.end()
        if name is None and not weights:
            raise UsageError("nothing is told", remedy=f"an algorithm: {', '.join(Algorithm)}; or weights of workers")
        algorithm = None if name is None else _algorithm(name)
        there = {worker.name for worker in self._supervisor.status().workers}
        if strangers := [one for one in weights if one not in there]:
            why = f"there are {', '.join(sorted(there)) or 'none'}"
            raise UsageError(f"there is no worker {strangers[0]!r:.40}", why=why)
        async with self._spreading:
            known = {one: weight for one, weight in self._front.weights.items() if one in there} | weights
            self._keep(replace(self._told, weights=known, algorithm=algorithm or self._told.algorithm))
            await self._front.spread(algorithm or self._front.algorithm, known)
        if algorithm is not None:
            self._note(f"requests are spread by {algorithm.value}")
        if weights:
            self._note(f"weights: {', '.join(f'{one} {weight}' for one, weight in weights.items())}")
        return self._status().to_json()

    async def config(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        words = Words(asked)
        changes = words.named("changes")
        words.end()
        if changes:
            self._change(changes)
        policy, values = self._steering.policy, changeable(self._steering.policy)
        told = tuple(name for name in values if name in self._told.changes)
        return ScalingConfig(policy.name, **values, names=tuple(values), told=told).to_json()

    async def reset_metrics(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        words = Words(asked)
        learned = words.truth("learned", False)
        words.end()
        self._steering.reset(learned=learned)
        self._note("metrics begin anew" + (", and what was learned of the load is forgotten" if learned else ""))
        return self._status().to_json()

    def forget(self) -> None:
        """At an end in order: the next one begins as it is started."""
        kept.forget(self._directory)

    def _change(self, changes: Mapping[str, Any]) -> None:
        self._apply(changes)
        told = _in_words(changes)
        self._note(f"told: {told}")
        self._steering.limited(f"somebody asked for it: {told}")

    def _apply(self, changes: Mapping[str, Any]) -> None:
        """All of it, or nothing. Raises UsageError, and ServiceError where it cannot be kept."""
        for name in ("workers_min", "workers_max"):
            if isinstance(most := changes.get(name), int) and most > self._most:
                raise UsageError(f"{most} workers are too many", remedy=f"at most {self._most}")
        policy = self._steering.policy
        trial = policy.copy()
        change(trial, changes)
        after = changeable(trial)  # a pool that nobody told any more is what it has become
        both = {name: after[name] for name in (*self._told.changes, *changes)}
        self._keep(
            replace(self._told, changes={name: one for name, one in both.items() if one != self._started.get(name)})
        )
        change(policy, changes)

    def _keep(self, told: Told) -> None:
        kept.write(self._directory, told)
        self._told = told

    def _note(self, text: str) -> None:
        self._say(text)
        self._history.happened(time.time(), "", text)

    def _status(self) -> ScalingStatus:
        steering, front, policy = self._steering, self._front, self._steering.policy
        status, figures = self._supervisor.status(), self._steering.looked
        steering.totals.keep(worker.name for worker in status.workers)
        at, now = time.time(), asyncio.get_running_loop().time()
        return ScalingStatus(
            self._name, at, front.address, os.getpid(), policy.name, told_of.limits_of(policy.limits, policy.others),
            steering.paused, status.wanted, status.ready, status.generation, told_of.broken_of(status, at - now),
            told_of.workers_of(status, figures, steering.totals),
            told_of.balancer_of(
                front.algorithm.value, figures, steering.passed, steering.totals, front.weights,
                steering.admission.admit_per_s, steering.trouble,
            ),
            told_of.budget_of(policy.limits, policy.others, steering.measured_by), told_of.forecast_of(policy, now),
            told_of.capacity_of(policy), steering.last or self._history.last_decision(),
            None if steering.elsewhere is None else steering.elsewhere.status(now), told_of.reload_of(status),
        )  # fmt: skip


def _in_words(changes: Mapping[str, Any]) -> str:
    none = {"capacity_per_s": "learned"}
    return ", ".join(f"{name} {none.get(name, 'none') if one is None else one}" for name, one in changes.items())


def _algorithm(name: str) -> Algorithm:
    try:
        return Algorithm(name.strip().lower())
    except ValueError:
        why = f"{name!r:.60} is no way to spread requests"
        raise UsageError("wrong algorithm", why=why, remedy=f"one of {', '.join(Algorithm)}") from None
