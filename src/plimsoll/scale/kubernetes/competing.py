"""Who else sets the number of replicas: two that do so would undo each other's decisions. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from plimsoll.scale.kubernetes.workload import KINDS, Workload

GROUP: Final = "apps"


def competitors(
    workload: Workload, autoscalers: Iterable[Mapping[str, Any]], scaled: Iterable[Mapping[str, Any]] = ()
) -> list[str]:
    """HorizontalPodAutoscalers and ScaledObjects (KEDA's) that target it, as they are to be told. The autoscaler that
    belongs to such a ScaledObject is not told besides."""
    objects = [name for one in scaled if (name := _targeting(one, workload))]
    own = [
        name
        for one in autoscalers
        if (name := _targeting(one, workload)) and not any(owner in objects for owner in _owners(one))
    ]
    return [f'HorizontalPodAutoscaler "{name}"' for name in own] + [f'ScaledObject "{name}"' for name in objects]


def _targeting(one: Mapping[str, Any], workload: Workload) -> str:
    """Its name where it targets the workload. A ScaledObject's target is a Deployment where it does not say."""
    target = (one.get("spec") or {}).get("scaleTargetRef") or {}
    group = str(target.get("apiVersion") or f"{GROUP}/v1").partition("/")[0]
    same = (group, target.get("kind") or KINDS["deployment"], target.get("name"))
    return _name(one) if same == (GROUP, KINDS[workload.kind], workload.name) else ""


def _owners(one: Mapping[str, Any]) -> Sequence[str]:
    references = (one.get("metadata") or {}).get("ownerReferences") or ()
    return [str(owner.get("name")) for owner in references if owner.get("kind") == "ScaledObject"]


def _name(one: Mapping[str, Any]) -> str:
    return str((one.get("metadata") or {}).get("name", "?"))
