"""Which configuration, timers and assertions apply to a sampler: those beside it and above it, nearest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from plimsoll.load.importers.jmx.tree import Element

CONTROLLERS = frozenset(
    {
        "GenericController", "LoopController", "IfController", "WhileController", "OnceOnlyController",
        "RandomController", "RandomOrderController", "InterleaveControl", "ThroughputController", "SwitchController",
        "ForeachController", "ModuleController", "IncludeController", "RunTime", "CriticalSectionController",
        "RecordingController", "TransactionController", "TestFragmentController", "ParallelSampler",
    }
)  # fmt: skip
THREAD_GROUPS = frozenset(
    {
        "ThreadGroup", "SetupThreadGroup", "PostThreadGroup", "OpenModelThreadGroup", "SteppingThreadGroup",
        "UltimateThreadGroup", "ConcurrencyThreadGroup", "ArrivalsThreadGroup", "FreeFormArrivalsThreadGroup",
    }
)  # fmt: skip
HTTP_SAMPLERS = frozenset({"HTTPSamplerProxy", "HTTPSampler", "HTTPSampler2", "HTTP2Sampler"})


def is_controller(element: Element) -> bool:
    return element.kind in CONTROLLERS or element.kind.endswith("Controller")


def is_group(element: Element) -> bool:
    return element.kind in THREAD_GROUPS or element.kind.endswith("ThreadGroup")


def is_sampler(element: Element) -> bool:
    """Whether it sends something; by its name, where it is not known."""
    if element.kind in HTTP_SAMPLERS or element.kind == "TestAction":
        return True
    return element.kind.endswith(("Sampler", "Sampler2", "SamplerProxy", "Request")) and not is_controller(element)


def is_assertion(element: Element) -> bool:
    return element.kind.endswith("Assertion")


def is_extractor(element: Element) -> bool:
    return element.kind.endswith(("Extractor", "PostProcessor"))


def enabled(elements: list[Element]) -> Iterator[Element]:
    return (element for element in elements if element.enabled)


@dataclass(frozen=True, slots=True)
class Scope:
    """Levels from the test plan down to where we are; each holds the elements that apply to all beside and below."""

    levels: tuple[tuple[Element, ...], ...] = field(default=())

    def within(self, element: Element) -> Scope:
        """The scope of what is in `element`."""
        return Scope((*self.levels, tuple(_applying(element))))

    def nearest_first(self) -> Iterator[Element]:
        for level in reversed(self.levels):
            yield from level

    def outermost_first(self) -> Iterator[Element]:
        for level in self.levels:
            yield from level


def _applying(element: Element) -> Iterator[Element]:
    """The enabled children that are no controllers, groups or samplers."""
    for child in enabled(element.children):
        if not (is_controller(child) or is_group(child) or is_sampler(child)):
            yield child
