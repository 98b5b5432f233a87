"""The Kubernetes API, by kr8s: what is asked and changed, each call bounded, foreign errors as ours.

`kr8s` is imported where it is used: it is an extra, and takes half a second.
"""

import asyncio
import warnings
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from plimsoll.core.errors import UsageError
from plimsoll.scale.kubernetes.competing import competitors
from plimsoll.scale.kubernetes.trouble import ClusterError, ConflictError, retry_after
from plimsoll.scale.kubernetes.workload import KINDS, Observed, Workload, checked_namespace, fitting, observed

if TYPE_CHECKING:
    from kr8s.asyncio import Api
    from kr8s.asyncio.objects import APIObject

T = TypeVar("T")
ANSWER_S: Final = 10.0  # for a call, with its new log-in where that is over
NAMESPACE_FILE: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
NAMESPACE_BYTES_MAX: Final = 253
LISTED_MOST: Final = 2_000  # objects of a kind that are looked at


@dataclass(frozen=True, slots=True)
class Where:
    """`namespace` None: the context's, or a pod's own. `kubeconfig` and `context` None: as kubectl takes them."""

    namespace: str | None = None
    kubeconfig: Path | None = None
    context: str | None = None

    def __post_init__(self) -> None:
        if self.namespace is not None:
            checked_namespace(self.namespace)
        if self.kubeconfig is not None and not self.kubeconfig.is_file():
            path = str(self.kubeconfig)
            raise UsageError("there is no such kubeconfig", where=path, remedy="--kubeconfig ~/.kube/config")

    @property
    def file(self) -> str | None:
        return None if self.kubeconfig is None else str(self.kubeconfig)


class Cluster:
    """One workload of one cluster. Calls raise ClusterError, a change also ConflictError."""

    def __init__(self, api: "Api", workload: Workload, notes: list[str]) -> None:
        self._api, self.workload, self.notes = api, workload, notes

    @classmethod
    async def connect(cls, workload: Workload, where: "Where") -> Self:
        """As kubectl finds it, or as a pod's service account.

        Raises UsageError where nobody says where the API is, or kr8s is not installed.
        """
        api = _api(where)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                await _known(api)
            except BaseException:
                await _close(api)
                raise
        api.timeout = ANSWER_S
        notes = [str(one.message) for one in warned if one.category is UserWarning]
        return cls(api, replace(workload, namespace=checked_namespace(where.namespace or _namespace(api))), notes)

    async def read(self) -> Observed:
        return self._understood(observed, await self._told())

    async def fitting(self, most: int) -> int:
        """With how many replicas there are at most so many pods, also while a new version is rolled out."""
        return self._understood(partial(fitting, most=most), await self._told())

    async def scale(self, seen: Observed, replicas: int) -> int:
        """Through the subresource `scale`, if it is still as it was seen; what is asked for then."""
        target = self._object()
        async with _asking():
            await target.patch(
                {"metadata": {"uid": seen.uid, "resourceVersion": seen.version}, "spec": {"replicas": replicas}},
                subresource="scale",
            )
        return int(target.raw["spec"].get("replicas", 0))  # 0 is left out

    async def competitors(self) -> list[str]:
        """Who else sets its replicas."""
        from kr8s.asyncio.objects import HorizontalPodAutoscaler

        autoscalers = await self._listed(HorizontalPodAutoscaler)
        try:
            scaled = await self._listed(_scaled_object())
        except ClusterError as error:
            if error.status != 404:  # where there is no KEDA there is no such kind
                raise
            scaled = []
        return competitors(self.workload, autoscalers, scaled)

    async def names(self) -> list[str] | None:
        """Of all of its kind in the namespace; None where they may not be listed."""
        try:
            return [str(one["metadata"]["name"]) for one in await self._listed(type(self._object()))]
        except ClusterError:
            return None

    def _understood(self, read: Callable[[Mapping[str, Any]], T], told: Mapping[str, Any]) -> T:
        try:
            return read(told)
        except ValueError as error:
            raise ClusterError(500, f"what the API tells of {self.workload} cannot be read: {error}") from None

    async def close(self) -> None:
        await _close(self._api)

    async def _told(self) -> Mapping[str, Any]:
        target = self._object()
        async with _asking():
            await target.refresh()
        return dict(target.raw)

    async def _listed(self, kind: "type[APIObject]") -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        async with _asking():
            async for one in self._api.async_get(kind, namespace=self.workload.namespace, raw=True):
                if isinstance(one, dict):
                    found.append(one)
                if len(found) >= LISTED_MOST:
                    break
        return found

    def _object(self) -> "APIObject":
        from kr8s.asyncio.objects import Deployment, StatefulSet

        kind = {"deployment": Deployment, "statefulset": StatefulSet}[self.workload.kind]
        raw = {"kind": KINDS[self.workload.kind], "metadata": {"name": self.workload.name}}
        return kind(raw, namespace=self.workload.namespace, api=self._api)


def _api(where: Where) -> "Api":
    """Not kr8s' factory: one that fails would keep its connection open, and nobody could close it."""
    try:
        from kr8s.asyncio import Api
    except ModuleNotFoundError as error:
        raise UsageError(
            "what speaks with Kubernetes is not installed", why=f"there is no module {error.name}",
            remedy="pip install 'plimsoll-line[kubernetes]'",
        ) from None  # fmt: skip
    return Api(bypass_factory=True, kubeconfig=where.file, context=where.context, namespace=where.namespace)


async def _known(api: "Api") -> None:
    """Reads who we are, and asks for the version, as anybody may."""
    import httpx
    import yaml

    wrong = (ValueError, LookupError, OSError, RuntimeError, TypeError, AttributeError, yaml.YAMLError)
    try:
        async with _asking():
            try:
                await api
            except (*wrong, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
                raise _unknown(error, answered=api._session is not None) from error
    except ClusterError as error:
        if error.status != 404:
            raise
        raise _unknown(ValueError(), answered=True) from None


async def _close(api: "Api") -> None:
    session = api._session  # kr8s has no other name for it, and what is left open is complained of
    if session is not None:
        await session.aclose()


def _namespace(api: "Api") -> str:
    """Of the chosen context, where kr8s takes that of the current one; of the pod, where kr8s takes "default"."""
    if context := api.auth.active_context:
        return str(api.auth.kubeconfig.get_context(context).get("namespace") or "default")
    try:
        with NAMESPACE_FILE.open("rb") as file:
            return file.read(NAMESPACE_BYTES_MAX).decode("ascii", "replace").strip()
    except OSError:
        return "default"


def _scaled_object() -> "type[APIObject]":
    from kr8s.asyncio.objects import APIObject

    class ScaledObject(APIObject):
        version = "keda.sh/v1alpha1"
        endpoint = "scaledobjects"
        kind = "ScaledObject"
        plural = "scaledobjects"
        singular = "scaledobject"
        namespaced = True

    return ScaledObject


def _unknown(error: Exception, *, answered: bool) -> UsageError:
    """`answered`: something did, by an address that the kubeconfig, or the pod, has told."""
    why = f"{error} is not set" if isinstance(error, KeyError) else str(error)
    if isinstance(error, (TypeError, AttributeError, IndexError)):
        why = "the kubeconfig holds something else than one does"
    if answered and isinstance(error, (ValueError, LookupError, TypeError, AttributeError)):
        why = "what answers there is not Kubernetes"
    return UsageError(
        "no Kubernetes cluster can be used", why=why or type(error).__name__,
        remedy="--kubeconfig FILE or --context NAME, or run it in a pod with a service account",
    )  # fmt: skip


@asynccontextmanager
async def _asking() -> AsyncIterator[None]:
    """One call: bounded in time, what kr8s and httpx raise as ClusterError."""
    import httpx
    from kr8s import APITimeoutError, NotFoundError, ServerError

    try:
        async with asyncio.timeout(ANSWER_S):
            yield
    except (TimeoutError, APITimeoutError):
        raise ClusterError(0, f"it did not answer within {ANSWER_S:.0f} s") from None
    except NotFoundError as error:
        raise ClusterError(404, str(error)) from None
    except ServerError as error:
        raise _of_answer(error.response, str(error)) from None
    except httpx.HTTPStatusError as error:
        raise _of_answer(error.response, str(error)) from None
    except httpx.HTTPError as error:
        raise ClusterError(0, str(error) or type(error).__name__) from None
    except (LookupError, TypeError, ValueError) as error:  # an answer that is no object of Kubernetes
        raise ClusterError(
            500, f"it answers with something else than Kubernetes does ({type(error).__name__})"
        ) from error


def _of_answer(response: Any, message: str) -> ClusterError:
    """Of an answer 5xx kr8s tells only that it is one; what is said of it stands in its content, if anywhere."""
    status = 0 if response is None else int(response.status_code)
    if status >= 500:
        try:
            message = str(response.json()["message"])
        except (ValueError, LookupError, TypeError):
            message = str(response.reason_phrase)
    kind = ConflictError if status == 409 else ClusterError
    return kind(status, message, 0.0 if response is None else retry_after(response.headers))


@contextmanager
def keys_not_left_behind() -> Iterator[None]:
    """kr8s writes keys of a kubeconfig into temporary files and leaves them there: into a directory of ours, then."""
    import tempfile

    before = tempfile.tempdir
    try:
        directory = TemporaryDirectory(prefix="plimsoll-", ignore_cleanup_errors=True)
    except OSError:  # nowhere to write, as in many a pod: then it leaves none
        yield
        return
    with directory:
        tempfile.tempdir = directory.name
        try:
            yield
        finally:
            tempfile.tempdir = before
