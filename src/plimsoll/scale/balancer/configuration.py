"""haproxy.cfg, rendered from values. File names in it are relative: HAProxy runs in its directory (`haproxy -C`)."""

from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.scale.balancer import words
from plimsoll.scale.balancer.admission import admission_lines, admission_table
from plimsoll.scale.balancer.algorithm import BALANCE, MAP_FILE, MAP_KEY, Algorithm
from plimsoll.scale.balancer.certificate import FILE as CERTIFICATE_FILE
from plimsoll.scale.balancer.server import Entry, Server, entries, milliseconds
from plimsoll.scale.balancer.settings import BalancerSettings

CONFIGURATION_FILE: Final = "haproxy.cfg"
ADMIN_SOCKET: Final = "haproxy.sock"
FRONTEND: Final = "public"
LOG_LINE_BYTES_MAX: Final = 1024
ADMINS_MAX: Final = 20  # who speak to HAProxy at once
# Date, client, backend/server, times in ms (head, queue, connect, answer, whole), status, bytes, how it ended,
# connections (process, frontend, backend, server, retries), queues (server, backend), method, path without its query,
# which may hold what is nobody's business. The path comes last, since a line ends at LOG_LINE_BYTES_MAX.
LOG_FORMAT: Final = "%tr %ci %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq %HM %{+Q}HPO"

# What says from where a request came, and is only believed of trusted peers. Some interfaces to applications (CGI's,
# WSGI) make no difference between - and _. Each costs every request, so they are few.
_FORWARDED: Final = ("sub forwarded", "end -ip", "end _ip")  # X-Real-IP, True-Client-IP, CF-Connecting-IP


def configuration(settings: BalancerSettings, servers: Sequence[Server]) -> str:
    """The whole file. A HAProxy that starts with it knows all `servers`; which algorithm holds the map says."""
    by_backend: dict[Algorithm, list[Entry]] = {algorithm: [] for algorithm in Algorithm}
    for entry in entries(settings, servers):
        by_backend[entry.backend].append(entry)
    parts = [_global(settings), _defaults(settings), _frontend(settings)]
    parts += [_backend(settings, algorithm, by_backend[algorithm]) for algorithm in Algorithm]
    parts += [admission_table()]
    return "\n".join("\n    ".join(part) + "\n" for part in parts)


def _global(settings: BalancerSettings) -> list[str]:
    return [
        "global",
        f"maxconn {settings.bounds.connections}",
        f"nbthread {settings.bounds.threads}",
        f"stats socket unix@{ADMIN_SOCKET} mode 600 level admin",
        f"stats maxconn {ADMINS_MAX}",
        "stats timeout 30s",
        f"log stdout len {LOG_LINE_BYTES_MAX} format raw local0",
        "ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets",
    ]


def _defaults(settings: BalancerSettings) -> list[str]:
    times, bounds, health = settings.timeouts, settings.bounds, settings.health
    return [
        "defaults",
        "mode http",
        f"timeout connect {milliseconds(times.connect)}",
        f"timeout http-request {milliseconds(times.request)}",
        f"timeout client {milliseconds(times.client)}",
        f"timeout server {milliseconds(times.server)}",
        f"timeout queue {milliseconds(times.queue)}",
        f"timeout http-keep-alive {milliseconds(times.keep_alive)}",
        f"timeout tunnel {milliseconds(times.tunnel)}",
        f"timeout check {milliseconds(health.within_s)}",
        # A small body, too, has come before a worker is troubled, and who has gone away waits no longer for one.
        "option http-buffer-request",
        "option abortonclose",
        "option dontlognull",
        "option forwardfor",
        f"retries {bounds.retries}",
        "option redispatch 1",
        "retry-on conn-failure empty-response",
        "option httpchk",
        f"http-check send meth GET uri {words.quoted(health.path)} ver HTTP/1.1 hdr Host {words.quoted(health.host)}",
        "http-check expect status 100-499",
        f"http-error {_busy(settings)}",
    ]


def _frontend(settings: BalancerSettings) -> list[str]:
    tls = f" ssl crt {CERTIFICATE_FILE} alpn h2,http/1.1" if settings.certificate is not None else ""
    again = f"http-request disable-l7-retry unless {{ method {' '.join(settings.retried)} }}"
    return [
        f"frontend {FRONTEND}",
        f"bind {words.listening(settings.listen)}{tls}",
        f"maxconn {settings.bounds.connections}",
        *(["log global", f"log-format '{LOG_FORMAT}'"] if settings.access_log else []),
        *admission_lines(_busy(settings)),
        *_forwarded(settings),
        again if settings.retried else "http-request disable-l7-retry",
        f"use_backend %[str({MAP_KEY}),map({MAP_FILE})]",
        f"default_backend {Algorithm.ROUND_ROBIN}",
    ]


def _forwarded(settings: BalancerSettings) -> Iterator[str]:
    """Ours are set: X-Forwarded-For by `option forwardfor`, behind what a trusted peer says. Host stays as it came."""
    unless, unless_told = "", ""
    if settings.trusted:
        yield f"acl trusted src {' '.join(words.network(one) for one in settings.trusted)}"
        unless, unless_told = " unless trusted", " unless trusted { req.hdr(x-forwarded-proto) -m found }"
    for told in _FORWARDED:
        how, text = told.split()
        yield f"http-request del-header {text} -m {how}{unless}"
    scheme = "https" if settings.certificate else "http"
    yield f"http-request set-header X-Forwarded-Proto {scheme}{unless_told}"


def _backend(settings: BalancerSettings, algorithm: Algorithm, lines: Sequence[Entry]) -> list[str]:
    known = {
        "cookie": words.cookie(settings.affinity_cookie),
        "header": words.header(settings.affinity_header),
        "secure": " secure" if settings.certificate else "",
    }
    return [
        f"backend {algorithm}",
        *(line.format_map(known) for line in BALANCE[algorithm]),
        "option allbackups",
        f"http-request return {_busy(settings)} if {{ queue ge {settings.bounds.queue} }}",
        *(f"server {entry.name} {entry.words()}" for entry in lines),
    ]


def _busy(settings: BalancerSettings) -> str:
    retry_after = f"hdr Retry-After {settings.bounds.retry_after_s}"
    return f"status 503 content-type text/plain string 'The service is busy.' {retry_after}"
