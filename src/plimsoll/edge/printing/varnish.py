"""Varnish's VCL 4.1. Its modules `var` and `xkey` are of varnish-modules, which distributions have beside it."""

from typing import Final

from plimsoll.edge.printing.front import EVERYBODYS, PURGE_PATH, TOKEN_CHARACTERS_MIN, Front, statuses
from plimsoll.edge.rules.tags import TAG_CHARACTERS_MAX, TAG_FIELDS, TAGS_MAX
from plimsoll.edge.serving.cleaning import UNKEYED

# Tags go to xkey, with the families that they are of ("any|…") and the response's address ("url|…"), so that all are
# purged alike. A fill that began before the last purge of anything is told and not kept: which of its tags were purged
# cannot be asked. That is asked before the object is where a purge finds it, so a purge between the two would miss it;
# it is asked again by who fetched it, when it is there (vcl_deliver), and until that has been by all who hit it.
_TEMPLATE: Final = """\
vcl 4.1;
# Printed by `plimsoll edge config varnish`. Needs varnish-modules (Debian: apt-get install varnish varnish-modules).
# varnishd -a {listen} -f plimsoll.vcl -s malloc,{size}
# Purge with the token of {token_file} ({token_min} characters at least):
#   curl -X POST -H "Authorization: Bearer $TOKEN" -H 'Plimsoll-Tags: project:7 project:8' http://{listen}{purge}
#   … -H 'Plimsoll-Urls: http://www.example.com/a' …   or   … -H 'Plimsoll-Everything: ?1' …

import std;
import var;
import xkey;

backend origin {{
    .host = "{origin_host}";
    .port = "{origin_port}";
    .connect_timeout = 2s;
    .first_byte_timeout = 60s;
    .between_bytes_timeout = 60s;
    .max_connections = 200;
}}

acl plimsoll_purgers {{
    "127.0.0.1";
    "::1";
{purgers}}}

sub plimsoll_purge {{
    if (client.ip !~ plimsoll_purgers) {{
        return (synth(403, "not from there"));
    }}
    if (req.method != "POST") {{
        return (synth(405, "POST only"));
    }}
    if (std.fileread("{token_file}") !~ "^[!-~]{{{token_min},}}\\s*$") {{
        return (synth(503, "there is no token"));
    }}
    if (req.http.Authorization != "Bearer " + regsub(std.fileread("{token_file}"), "\\s+$", "")) {{
        return (synth(401, "wrong token"));
    }}
    if (!req.http.Plimsoll-Tags && !req.http.Plimsoll-Urls && req.http.Plimsoll-Everything != "?1") {{
        return (synth(400, "nothing to purge"));
    }}
    if (req.http.Plimsoll-Urls && req.http.Plimsoll-Urls !~ "^ *(https?://[^/ ]+/[^ ]* *)+$") {{
        return (synth(400, "not the addresses of pages"));
    }}
    var.global_set("purged", {moment});
    if (req.http.Plimsoll-Everything == "?1") {{
        std.ban("obj.status != 0");
    }}
    if (req.http.Plimsoll-Tags) {{
        # A tag, who carries its whole family; of a family all who carry any tag of it.
        set req.http.Plimsoll-Tags = regsuball(req.http.Plimsoll-Tags, "[ \\t,]+", " ");
        set req.http.plimsoll-count = xkey.purge(req.http.Plimsoll-Tags
            + " " + regsuball(req.http.Plimsoll-Tags, "([^ :]+)(:[^ ]*)?", "\\1:*")
            + " " + regsuball(req.http.Plimsoll-Tags, "([^ :]+):[*]( |$)", "any|\\1\\2"));
    }}
    if (req.http.Plimsoll-Urls) {{
        set req.http.plimsoll-count = xkey.purge(
            regsuball(req.http.Plimsoll-Urls, "(https?)://([^/ ]+?)(?::(?:80|443))?(/[^ ]*)", "url|\\2\\3"));
    }}
    return (synth(200, "purged"));
}}

sub vcl_recv {{
    unset req.http.plimsoll-count;
    unset req.http.plimsoll-missed;
    if (req.restarts == 0) {{
        unset req.http.plimsoll-again;
    }} elsif (req.http.plimsoll-again) {{
        set req.hash_always_miss = true;
    }}
    if (req.url == "{purge}") {{
        call plimsoll_purge;
    }}
    if (!req.http.Host) {{
        return (synth(400, "no host"));
    }}
    set req.http.Host = regsub(std.tolower(req.http.Host), "\\.?(:[0-9]*)?$", "");
{names}    if (req.method !~ "^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$") {{
        return (synth(405, "not a method of ours"));
    }}
    # What no key has reaches nobody's response.
{unset}
    set req.http.X-Forwarded-For = client.ip;
    set req.http.X-Forwarded-Proto = "{scheme}";
    if (req.method != "GET" && req.method != "HEAD") {{
        return (pass);
    }}
    if (req.http.Transfer-Encoding || (req.http.Content-Length && req.http.Content-Length != "0")) {{
        return (pass);
    }}
    return (hash);
}}

sub vcl_hit {{
    if (std.real(var.global_get("purged"), 0.0) >= std.real(obj.http.plimsoll-began, 0.0) && req.restarts == 0) {{
        if (obj.http.plimsoll-behind) {{
            set req.http.plimsoll-count = xkey.purge("url|" + req.http.Host + req.url);
            return (restart);
        }}
        if ({moment} - std.real(obj.http.plimsoll-began, 0.0) < {doubt_ms}) {{
            set req.http.plimsoll-again = "1";
            return (restart);
        }}
    }}
    return (deliver);
}}

sub vcl_miss {{
    set req.http.plimsoll-missed = "1";
    return (fetch);
}}

sub vcl_backend_fetch {{
    unset bereq.http.plimsoll-count;
    unset bereq.http.plimsoll-missed;
    unset bereq.http.plimsoll-again;
    set bereq.http.Host = bereq.http.Host + "{port_sent}";
    var.set_real("began", {moment});
    return (fetch);
}}

sub vcl_backend_response {{
    std.collect(beresp.http.Cache-Control);
    std.collect(beresp.http.CDN-Cache-Control);
    std.collect(beresp.http.Vary);
{collect}
    set beresp.http.plimsoll-tags = {joined};
    set beresp.http.xkey = regsuball(beresp.http.plimsoll-tags, {{"[ \\t",]+"}}, " ");
    set beresp.http.xkey = beresp.http.xkey + " " + regsuball(beresp.http.xkey, "([^ :]+)(:[^ ]*)?", "any|\\1")
        + " url|" + regsub(bereq.http.Host, ":[0-9]+$", "") + bereq.url;

    # RFC 5861; without it, or where stale answers are forbidden, there are none.
    if (beresp.http.Cache-Control !~ "(?i)stale-while-revalidate"
        || beresp.http.Cache-Control ~ "(?i)(must-revalidate|proxy-revalidate|s-maxage)") {{
        set beresp.grace = 0s;
    }}
    set beresp.keep = 1h;

    # RFC 9213 goes first. A lifetime that cannot be read is over (RFC 9111, 4.2.1), and Varnish's default_ttl is none:
    # it would be that of an Expires that is no date, or 1970. What stands in quotes, or after them, is not read.
    if (beresp.http.CDN-Cache-Control ~ {{"(?i)(no-store|no-cache|private|".*age)"}}) {{
        call plimsoll_not_kept;
    }} elsif (beresp.http.CDN-Cache-Control ~ "(?i)^(.*[ ,])?max-age=[0-9]{{1,9}}( *,.*)?$") {{
        set beresp.ttl = std.duration(
            regsub(beresp.http.CDN-Cache-Control, "(?i)^(?:.*[ ,])?max-age=([0-9]+).*$", "\\1s"), 0s)
            - std.duration(regsub(beresp.http.Age, "^ *([0-9]{{1,9}}) *$", "\\1s"), 0s);
    }} elsif (beresp.http.Cache-Control ~ {{"(?i)(no-store|no-cache|private|".*age)"}}) {{
        call plimsoll_not_kept;
    }} elsif (beresp.http.Cache-Control ~ "(?i)(^|,)[ \\t]*(max-age|s-maxage)(?!=[0-9]+[ \\t]*(,|$)|[a-z0-9_-])") {{
        call plimsoll_not_kept;
    }} elsif (beresp.http.Cache-Control !~ "(?i)(^|,)[ \\t]*(max-age|s-maxage)=") {{
        if (beresp.http.Expires !~ "^[A-Z]"
            || std.time(beresp.http.Expires, std.real2time(0.0, now)) <= std.real2time(0.0, now)) {{
            call plimsoll_not_kept;  # nothing is guessed
        }}
    }}
    if (beresp.http.Set-Cookie || beresp.http.Vary ~ "[*]" || beresp.ttl <= 0s) {{
        call plimsoll_not_kept;
    }}
    if (bereq.http.Authorization && beresp.http.Cache-Control !~ "(?i)^{everybodys}") {{
        call plimsoll_not_kept;
    }}
    if ({not_understood}) {{
        call plimsoll_not_kept;
    }}
    if (beresp.http.plimsoll-tags ~ "{not_portable}" || beresp.http.plimsoll-tags ~ "{too_many}") {{
        call plimsoll_not_kept;
    }}
    if (std.real(var.global_get("purged"), 0.0) >= var.get_real("began")) {{
        call plimsoll_not_kept;
    }}
    unset beresp.http.plimsoll-tags;
    set beresp.http.plimsoll-began = var.get_real("began");
    unset beresp.http.plimsoll-behind;
    if (bereq.is_bgfetch) {{
        set beresp.http.plimsoll-behind = "1";  # nobody delivers it
    }}
    return (deliver);
}}

sub plimsoll_not_kept {{
    set beresp.uncacheable = true;
    set beresp.ttl = 10s;
    return (deliver);
}}

sub vcl_deliver {{
    if (req.http.plimsoll-missed && resp.http.plimsoll-began
        && std.real(var.global_get("purged"), 0.0) >= std.real(resp.http.plimsoll-began, 0.0)) {{
        set req.http.plimsoll-count = xkey.purge("url|" + req.http.Host + req.url);
    }}
    # RFC 9111, 4.4
    if (req.method !~ "^(GET|HEAD|OPTIONS)$" && resp.status >= 200 && resp.status < 400) {{
        var.global_set("purged", {moment});
        set req.http.plimsoll-count = xkey.purge("url|" + req.http.Host + req.url);
    }}
    if (obj.hits > 0) {{
        set resp.http.Cache-Status = "varnish; hit";
    }} else {{
        set resp.http.Cache-Status = "varnish; fwd=miss";
    }}
    unset resp.http.plimsoll-tags;
    unset resp.http.plimsoll-began;
    unset resp.http.plimsoll-behind;
    unset resp.http.X-Varnish;
{strip}
    return (deliver);
}}

sub vcl_synth {{
    set resp.http.Content-Type = "text/plain; charset=utf-8";
    set resp.http.Cache-Control = "no-store";
    synthetic(resp.reason);
    return (deliver);
}}

sub vcl_backend_error {{
    set beresp.http.Content-Type = "text/plain; charset=utf-8";
    set beresp.http.Cache-Control = "no-store";
    synthetic("the application does not answer");
    set beresp.uncacheable = true;
    set beresp.ttl = 0s;
    return (deliver);
}}
"""


# Milliseconds since 2023: what goes through a text keeps three decimals of them, and twelve digits before.
_MOMENT: Final = "(std.time2real(now, 0.0) - 1700000000.0) * 1000.0"


# Within that who fetched something has looked again; until then a purge of anything has it fetched anew.
DOUBT_S: Final = 0.25


def varnish(front: Front) -> str:
    """The whole file."""
    fields = sorted(name.decode() for name in TAG_FIELDS)
    plain = sorted(name.decode() for name in UNKEYED)
    spelled = sorted({*plain, *(name.replace("-", "_") for name in plain)})
    return _TEMPLATE.format(
        listen=front.listen.text,
        origin_host=front.origin.host.strip("[]"),
        origin_port=front.origin.port,
        size=front.size,
        token_file=front.token_file,
        token_min=TOKEN_CHARACTERS_MIN,
        purge=PURGE_PATH,
        purgers="".join(f'    "{one.network_address}"/{one.prefixlen};\n' for one in front.purgers),
        moment=_MOMENT,
        doubt_ms=f"{DOUBT_S * 1_000:.1f}",
        scheme=front.scheme,
        port_sent=front.host_sent,
        names=_names(front),
        unset="\n".join(f"    unset req.http.{name};" for name in spelled),
        collect="\n".join(f"    std.collect(beresp.http.{name});" for name in fields),
        joined=' + " " + '.join(f"beresp.http.{name}" for name in fields),
        strip="\n".join(f"    unset resp.http.{name};" for name in fields),
        everybodys=EVERYBODYS.replace('"', "\\x22"),
        not_understood=" && ".join(f"beresp.status != {status}" for status in statuses()),
        not_portable=rf"[^!-@\[-~ \t]|\\|[^ \t,\x22]{{{TAG_CHARACTERS_MAX + 1}}}".replace("{", "{").replace("}", "}"),
        too_many=rf"([^ \t,\x22]+[ \t,\x22]+){{{TAGS_MAX}}}[^ \t,\x22]",
    )


def _names(front: Front) -> str:
    """Other hosts are nobody's: each would have a copy of its own of everything."""
    if not front.names:
        return ""
    each = "|".join(name.lower().replace(".", "[.]").replace("*", "[^.]+") for name in front.names)
    return f'    if (req.http.Host !~ "^({each})$") {{\n        return (synth(421, "not a host of ours"));\n    }}\n'
