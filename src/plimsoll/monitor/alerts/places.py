"""The places that notices go to: addresses and webhooks, by names that may be shown and outlast a restart."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from plimsoll.core.errors import UsageError
from plimsoll.monitor.alerts.notices import message_of
from plimsoll.monitor.alerts.webhook import RefusedByHookError, post
from plimsoll.notify.addresses import Address, read_addresses
from plimsoll.notify.delivering import deliver
from plimsoll.settings.alerts import AlertSettings, Webhook, refuse_guessable, refuse_target
from plimsoll.settings.masking import Secret

_VARIABLE = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Place:
    """Either an address or a webhook, whose url and secret are then what they are, not variables."""

    name: str
    address: Address | None = None
    hook: Webhook | None = None

    async def send(self, notice: Mapping[str, object], watched: str, now_s: float) -> None:
        """Sends once, within seconds. Raises RefusedByHookError where it was not taken."""
        if self.hook is not None:
            document = dict(notice) | {"watched": watched}
            await post(self.hook.url.reveal(), self.hook.secret.reveal(), document, now_s)
        if self.address is not None:
            for delivery in await deliver(message_of(notice, watched), [self.address]):
                if not delivery.accepted:
                    raise RefusedByHookError(delivery.why)


def read_places(settings: AlertSettings, environ: Mapping[str, str]) -> tuple[dict[str, Place], list[str]]:
    """The places by name, and what was amiss. Raises UsageError for an address that the file states wrongly."""
    addresses, problems = read_addresses(settings.notify, environ)
    places = [Place(_name(address), address=address) for address in addresses]
    for hook in settings.webhooks:
        try:
            places.append(Place(f"webhook:{hook.name}", hook=_read(hook, environ)))
        except UsageError as error:
            problems.append(f"webhook {hook.name}: {error}")
    return {place.name: place for place in places}, problems


def _name(address: Address) -> str:
    """Its kind, and so much of a digest that two of one kind can be told apart."""
    return f"{address.kind}:{hashlib.sha256(address.url.reveal().encode()).hexdigest()[:6]}"


def _read(hook: Webhook, environ: Mapping[str, str]) -> Webhook:
    url, secret = (_value(text.reveal(), environ) for text in (hook.url, hook.secret))
    refuse_target(url)
    refuse_guessable(secret)
    return Webhook(hook.name, Secret(url), Secret(secret))


def _value(text: str, environ: Mapping[str, str]) -> str:
    if not text.startswith("env:"):
        return text
    name = text.removeprefix("env:").strip()
    if not _VARIABLE.fullmatch(name):
        raise UsageError("env: is followed by the name of a variable", remedy='"env:PAGER_SECRET"')
    value = environ.get(name, "").strip()
    if not value:
        raise UsageError(f"variable {name} is {'empty' if name in environ else 'not set'}")
    return value
