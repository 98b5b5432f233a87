"""What is scaled, and what the API tells of it. Pure: objects of the API are dictionaries here."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from plimsoll.core.errors import UsageError

KINDS: Final[Mapping[str, str]] = {"deployment": "Deployment", "statefulset": "StatefulSet"}
_SHORT: Final[Mapping[str, str]] = {"deploy": "deployment", "sts": "statefulset"}
_PLURALS: Final[Mapping[str, str]] = {f"{kind}s": kind for kind in KINDS}
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", re.ASCII)  # of a DNS subdomain
_NAMESPACE: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)  # of a DNS label
REPLICAS_MOST: Final = 2**31 - 1
SURGE_DEFAULT: Final = "25%"  # of a Deployment's rolling update, where it says nothing


@dataclass(frozen=True, slots=True)
class Workload:
    """`kind` is a key of KINDS; `namespace` "" is not known yet."""

    kind: str
    name: str
    namespace: str = ""

    @property
    def plural(self) -> str:
        return f"{self.kind}s"

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}{f' in {self.namespace}' if self.namespace else ''}"


def parse_workload(text: str) -> Workload:
    """ "web", "deployment/web", "statefulset/db", as kubectl writes them. Raises UsageError."""
    kind, slash, name = text.strip().rpartition("/")
    kind = kind.lower().removesuffix(".apps")
    kind = _SHORT.get(kind) or _PLURALS.get(kind) or kind if slash else "deployment"
    if kind not in KINDS or not _NAME.fullmatch(name):
        raise UsageError(
            "what is to be scaled?", why=f'"{text}" is no deployment or statefulset with its name',
            remedy="deployment/web, or statefulset/web",
        )  # fmt: skip
    return Workload(kind, name)


def checked_namespace(namespace: str) -> str:
    if not _NAMESPACE.fullmatch(namespace):
        raise UsageError("wrong namespace", why=f'"{namespace}" is no name of one', remedy="--namespace shop")
    return namespace


@dataclass(frozen=True, slots=True)
class Observed:
    """`replicas` are asked for, `ready` of them take requests. `version` and `uid` tell whether it is still the same
    when it is changed. `paused`: new versions are not rolled out; the number of replicas is followed all the same.
    """

    replicas: int
    ready: int
    version: str
    uid: str
    paused: bool = False

    @property
    def starting(self) -> int:
        return self.replicas - self.ready


def observed(told: Mapping[str, Any]) -> Observed:
    """Raises ValueError for what is no such object. While a version is rolled out there may be more ready pods than
    are asked for: those count as many as are."""
    try:
        spec, status, metadata = told["spec"], told.get("status") or {}, told["metadata"]
        replicas, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
        version, uid = metadata["resourceVersion"], metadata.get("uid", "")
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it has no {error}") from None
    if not all(isinstance(count, int) and 0 <= count <= REPLICAS_MOST for count in (replicas, ready)):
        raise ValueError(f"{replicas!r} replicas of which {ready!r} are ready cannot be")
    return Observed(replicas, min(ready, replicas), str(version), str(uid), bool(spec.get("paused")))


def surge(told: Mapping[str, Any], replicas: int) -> int:
    """How many pods more than `replicas` a new version may start at once: each has a pool of connections, too.

    A StatefulSet replaces one after another, a Deployment that is recreated stops all first.
    """
    strategy = (told.get("spec") or {}).get("strategy")
    if told.get("kind") != KINDS["deployment"] or (strategy or {}).get("type") == "Recreate":
        return 0
    most = ((strategy or {}).get("rollingUpdate") or {}).get("maxSurge", SURGE_DEFAULT)
    text = str(most)
    if text.removesuffix("%").isdecimal():
        count = int(text.removesuffix("%"))
        return math.ceil(replicas * count / 100) if text.endswith("%") else count
    raise ValueError(f"maxSurge {text[:20]!r} is no number of pods and no share")


def fitting(told: Mapping[str, Any], most: int) -> int:
    """The most replicas with which, while a new version is rolled out, there are at most so many pods. At least 1."""
    replicas = max(1, most)
    while replicas > 1 and replicas + surge(told, replicas) > most:
        replicas -= 1
    return replicas
