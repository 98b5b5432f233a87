"""Where looks are put up: the newest of everything, and those who want to be told of each."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from plimsoll.core.observation import CollectorState, Observation

_LOG = logging.getLogger(__name__)

Observer = Callable[[Observation], None]


class Board:
    """In memory, of one watch. An observer is called in place and must not block; one that raises is told no more."""

    def __init__(self) -> None:
        self.states: dict[str, CollectorState] = {}
        self._details: dict[str, tuple[float, Mapping[str, Any]]] = {}
        self._observers: list[Observer] = []

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Tells of each look from now on; what is returned ends that."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer) if observer in self._observers else None

    def put(self, observation: Observation) -> None:
        for kind, detail in observation.details.items():
            self._details[kind] = (observation.at_s, detail)
        for observer in list(self._observers):
            try:
                observer(observation)
            except Exception:  # noqa: BLE001  # whatever it is, it must not cost the watch
                _LOG.exception("an observer of %s failed and is told no more", observation.source)
                self._observers.remove(observer)

    def kinds(self) -> list[str]:
        """Of the documents that there are."""
        return sorted(self._details)

    def detail(self, kind: str) -> tuple[float, Mapping[str, Any]] | None:
        """The newest document of a kind, with the time at which it was seen."""
        return self._details.get(kind)
