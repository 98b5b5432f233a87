"""The client of a control socket: asks and tells a supervisor that serves. A connection for each order."""

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from plimsoll.core.errors import ServiceError
from plimsoll.core.json_values import CannotReadError
from plimsoll.core.scaling import ScalingConfig, ScalingHistory, ScalingStatus
from plimsoll.scale.serving.control import talk
from plimsoll.scale.supervisor.places import control_socket_of

ANSWER_S: Final = 10.0
RELOAD_S: Final = 120.0  # the application is imported once before
BALANCE_S: Final = 40.0  # a HAProxy that is just being started again is waited for
_T = TypeVar("_T", ScalingConfig, ScalingHistory, ScalingStatus)


class NobodyServesError(ServiceError):
    """Nobody is there to be asked."""


class ControlClient:
    """Of who serves with this state directory (`.plimsoll/serve/NAME`).

    Every method raises NobodyServesError where nobody serves there, ServiceError where nobody answers, UsageError where
    what is told is wrong, and RefusedError where it cannot be now.
    """

    def __init__(self, state_directory: Path) -> None:
        self.state = state_directory

    async def is_there(self) -> bool:
        """Whether somebody listens at the socket; also where it is another user's, who cannot be asked."""
        try:
            _, writer = await asyncio.open_unix_connection(control_socket_of(self.state))
        except PermissionError:
            return True
        except OSError:
            return False
        writer.transport.abort()
        return True

    async def status(self) -> ScalingStatus:
        return await self._ask(ScalingStatus, "status")

    async def history(self, since: float = 0.0, limit: int = 100) -> ScalingHistory:
        """Decisions and happenings after `since`; the newest `limit` of them."""
        return await self._ask(ScalingHistory, "history", since=since, limit=limit)

    async def scale(
        self, workers: int | None = None, *, workers_min: int | None = None, workers_max: int | None = None,
        as_started: bool = False,
    ) -> ScalingStatus:  # fmt: skip
        """A fixed number, or other limits, until told otherwise; or again those that it was started with."""
        told: dict[str, Any] = {
            "workers": workers,
            "workers_min": workers_min,
            "workers_max": workers_max,
            "as_started": as_started,
        }
        return await self._ask(ScalingStatus, "scale", **told)

    async def pause(self, paused: bool = True) -> ScalingStatus:
        """Paused, the policy goes on deciding, and nothing comes of it; who dies is still replaced."""
        return await self._ask(ScalingStatus, "pause", paused=paused)

    async def reload(self) -> ScalingStatus:
        """Replaces every worker by one of the code that is there now; returns once that has begun."""
        return await self._ask(ScalingStatus, "reload", RELOAD_S)

    async def balance(
        self, algorithm: str | None = None, weights: Mapping[str, int] | None = None
    ) -> ScalingStatus:  # fmt: skip
        """Spread requests otherwise from the next one on; `weights` of workers, for weighted-round-robin."""
        return await self._ask(ScalingStatus, "balance", BALANCE_S, algorithm=algorithm, weights=dict(weights or {}))

    async def config(self, changes: Mapping[str, Any] | None = None) -> ScalingConfig:
        """What is set, after these changes: fields of ScalingConfig by name. All of them are made, or none."""
        return await self._ask(ScalingConfig, "config", changes=dict(changes or {}))

    async def reset_metrics(self, *, learned: bool = False) -> ScalingStatus:
        """Counts begin at 0. `learned`: the policy forgets what it has learned of the load, too."""
        return await self._ask(ScalingStatus, "reset-metrics", learned=learned)

    async def _ask(self, kind: type[_T], order: str, answer_s: float = ANSWER_S, **words: Any) -> _T:
        try:
            async with asyncio.timeout(answer_s):
                answer = await self._answer({"id": 1, "version": talk.VERSION, "order": order, **words})
        except (FileNotFoundError, ConnectionRefusedError):
            raise self._nobody() from None
        except TimeoutError:
            why = f"no answer in {answer_s:g} s"
            raise ServiceError("who serves does not answer", where=str(self.state), why=why) from None
        except (OSError, ValueError) as error:
            why = (isinstance(error, OSError) and error.strerror) or "the connection ended, or its words were no answer"
            raise ServiceError("who serves cannot be asked", where=str(self.state), why=why) from None
        if "failed" in answer:
            raise talk.failure(answer["failed"])
        try:
            return kind.of_json(answer.get("ok"))
        except CannotReadError as error:
            remedy = "use the Plimsoll that serves, or serve anew with this one"
            raise ServiceError(
                "who serves speaks otherwise", where=str(self.state), why=str(error), remedy=remedy
            ) from None

    async def _answer(self, words: dict[str, Any]) -> dict[str, Any]:
        path = control_socket_of(self.state)
        reader, writer = await asyncio.open_unix_connection(path, limit=talk.ANSWER_BYTES_MAX)
        try:
            if os.geteuid() != 0 and not talk.is_ours(writer.get_extra_info("socket")):
                raise PermissionError(1, "it is another user's")
            writer.write(talk.line(words))
            await writer.drain()
            answer = json.loads(await reader.readline())
            if not isinstance(answer, dict):
                raise ValueError("no answer")
            return answer
        finally:
            writer.transport.abort()

    def _nobody(self) -> NobodyServesError:
        name = self.state.name
        return NobodyServesError(
            f"nobody serves {name} here",
            where=str(self.state),
            why="there is no control socket, or nobody listens at it",
            remedy="plimsoll serve APP --name " + name,
        )
