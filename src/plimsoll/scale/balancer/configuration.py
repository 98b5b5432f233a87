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

# What servers and frameworks believe of a peer, as a proxy's word of the client: X-Forwarded-Ssl; X-Real-IP, Client-IP;
# X-Scheme, X-Url-Scheme; X-Script-Name; X-Remote-User. Each costs every request, so they are few.
_BELIEVED: Final = ("sub forwarded", "end -ip", "end -scheme", "end script-name", "end remote-user")
# Those that a trusted peer may have said: the others say once more what X-Forwarded-For, -Proto and -Prefix do.
_SAID: Final = ("sub forwarded", "end remote-user")
# What of a trusted peer goes on, each as its last value: what stands before that may be its client's.
_TOLD: Final = ("Host", "Port", "Prefix")
HOPS_MAX: Final = 6  # of X-Forwarded-For, from the right; behind more proxies the outermost of these is the client


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
        # gunicorn takes SCRIPT_NAME and PATH_INFO for a proxy's words, and CGI's names make no difference of - and _.
        "option http-restrict-req-hdr-names delete",
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
    """A worker gets ours alone: X-Forwarded-For, by `option forwardfor`, is `src`, which a trusted peer's word moves to
    its client. Host stays as it came."""
    scheme = "https" if settings.certificate else "http"
    trusted = [words.network(one) for one in settings.trusted]
    yield from (f"acl trusted src {one}" for one in trusted)
    for one in _BELIEVED:
        how, text = one.split()
        yield f"http-request del-header {text} -m {how}{' unless trusted' if trusted and one in _SAID else ''}"
    if not trusted:
        yield f"http-request set-header X-Forwarded-Proto {scheme}"
        return
    yield from (f"http-request set-var(txn.{one}) req.hdr(x-forwarded-{one},-1)" for one in _TOLD)
    yield "http-request set-var(txn.proto) req.hdr(x-forwarded-proto,-1),lower"
    yield from _moved(trusted)
    yield "http-request del-header forwarded -m sub"
    yield from (
        f"http-request set-header X-Forwarded-{one} %[var(txn.{one})] if {{ var(txn.{one}) -m found }}" for one in _TOLD
    )
    yield f"http-request set-var(txn.proto) str({scheme}) unless {{ var(txn.proto) -m str http https ws wss }}"
    yield "http-request set-header X-Forwarded-Proto %[var(txn.proto)]"
    yield "http-request set-header X-Real-IP %[src]"


def _moved(trusted: Sequence[str]) -> Iterator[str]:
    """From the right to the first address that is not trusted. What is none ends it, so that nothing before it counts;
    of others than trusted peers there is no X-Forwarded-For any more."""
    for hop in range(1, HOPS_MAX + 1):
        here = f"req.hdr_ip(x-forwarded-for,-{hop})"
        yield from (f"acl hop{hop} {here} {one}" for one in trusted)
        before = " ".join(f"hop{one}" for one in range(1, hop))
        yield f"http-request set-src {here}" + (f" if {before}" if before else "")


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
