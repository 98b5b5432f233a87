"""What the API did not do, why, what to do about it, and how long to wait. Pure."""

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from plimsoll.core.errors import RefusedError
from plimsoll.scale.kubernetes.workload import Workload

FIRST_S: Final = 1.0
MOST_S: Final = 60.0
ASKED_MOST_S: Final = 300.0  # a server that asks for more is asked again all the same
NAMES_SHOWN: Final = 10
CHARACTERS_SHOWN: Final = 400

_DENIED: Final = re.compile(r"cannot (\w+) resource \"([\w./-]+)\" in API group \"([\w.-]*)\"", re.ASCII)
_SECONDS: Final = re.compile(r"[0-9]{1,6}", re.ASCII)
_OVER: Final = "a conversation that ends without an answer"


class ClusterError(Exception):
    """The API did not do what was asked for. `status` 0: it did not answer. `wait_s`: it asks us to wait so long."""

    def __init__(self, status: int, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message[:CHARACTERS_SHOWN].rstrip(".") or _OVER)
        self.status, self.wait_s = status, wait_s

    @property
    def passes(self) -> bool:
        """Whether it may be over by itself soon."""
        return self.status in (0, 408, 429) or self.status >= 500


class ConflictError(ClusterError):
    """Somebody changed the object since it was read; nothing was done."""


def retry_after(headers: Mapping[str, str]) -> float:
    """In seconds; 0 where it says nothing, or a date, which this API never does."""
    text = headers.get("retry-after", "").strip()
    return float(text) if _SECONDS.fullmatch(text) else 0.0


def delay_s(failures: int, asked_s: float, random: Random) -> float:
    """Until it is tried again after so many failures in a row: doubled, half of it more or less by chance, and never
    less than the server asked for, up to ASKED_MOST_S."""
    own = min(MOST_S, FIRST_S * 2.0 ** min(failures - 1, 16)) * random.uniform(0.5, 1.5)
    return max(own, min(asked_s, ASKED_MOST_S) * random.uniform(1.0, 1.1))


def explained(error: ClusterError, workload: Workload, names: Sequence[str] | None = None) -> RefusedError:
    """For people. `names`: of what there is instead, for what was not found; None where that is not known."""
    if error.status == 404:
        return _missing(workload, names)
    if error.status == 403:
        return _forbidden(str(error), workload)
    if error.status == 401:
        return RefusedError(
            "the Kubernetes API does not know us", where=str(workload), why=str(error),
            remedy="kubectl auth whoami; log in again, or choose a --context",
        )  # fmt: skip
    if error.status == 0:
        return RefusedError(
            "the Kubernetes API cannot be asked", where=str(workload), why=str(error), remedy="kubectl cluster-info"
        )
    what = "asks us to wait" if error.status == 429 else f"answers with {error.status}"
    return RefusedError(f"the Kubernetes API {what}", where=str(workload), why=str(error))


def _missing(workload: Workload, names: Sequence[str] | None) -> RefusedError:
    if names is None:
        why = f"what there is in {workload.namespace} cannot be listed with our rights"
    elif names:
        more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
        why = f"{workload.plural} in {workload.namespace}: {', '.join(sorted(names)[:NAMES_SHOWN])}{more}"
    else:
        why = f"there are no {workload.plural} in {workload.namespace}"
    remedy = f"kubectl get {workload.plural} --all-namespaces, and choose a --namespace"
    return RefusedError(f"there is no {workload}", why=why, remedy=remedy)


def _forbidden(message: str, workload: Workload) -> RefusedError:
    """The right that is missing, and the rule that grants it; or what was said, where it is no matter of rights."""
    found = _DENIED.search(message)
    if found is None:
        return RefusedError("the cluster refused it", where=str(workload), why=message)
    verb, resource, group = found.groups()
    granted = rule(group, resource, verb, workload)
    return RefusedError(
        f"a right is missing: {verb} {resource}", where=str(workload), why=message,
        remedy=f"a Role in {workload.namespace} with the rule {granted} and a RoleBinding",
    )  # fmt: skip


def rule(group: str, resource: str, verb: str, workload: Workload) -> str:
    """Of a Role, in one line. A list cannot be granted by names."""
    named = resource.partition("/")[0] == workload.plural and verb != "list"
    names = f', resourceNames: ["{workload.name}"]' if named else ""
    return f'{{apiGroups: ["{group}"], resources: ["{resource}"]{names}, verbs: ["{verb}"]}}'
