"""nginx, with the Lua module: what nginx itself does not know are tags, so tables in its shared memory know them."""

from typing import Final

from plimsoll.edge.printing.front import EVERYBODYS, PURGE_PATH, TOKEN_CHARACTERS_MIN, Front, statuses
from plimsoll.edge.printing.lua import LUA
from plimsoll.edge.rules.tags import TAG_CHARACTERS_MAX, TAG_FIELDS
from plimsoll.edge.serving.cleaning import UNKEYED

# No `proxy_cache_valid`: nothing is guessed. No `proxy_cache_use_stale`: stale answers are for who declares them, by
# stale-while-revalidate, which nginx reads by itself.
_TEMPLATE: Final = """\
# Printed by `plimsoll edge config nginx`, for a file in /etc/nginx/conf.d.
# Needs nginx's Lua module and cjson (Debian: apt-get install nginx libnginx-mod-http-lua lua-cjson).
# Purges come as `plimsoll edge purge` sends them, with the token of {token_file} ({token_min} characters at least).

proxy_cache_path {cache} levels=1:2 keys_zone=plimsoll:32m max_size={size} inactive=1d use_temp_path=off;
lua_shared_dict plimsoll_kept 64m;
lua_shared_dict plimsoll_purged 16m;

init_by_lua_block {{
{lua}
}}

map $http_authorization $plimsoll_knows_who {{
    default 1;
    "" 0;
}}
# Not kept: what is for one who said who he is, unless everybody may have it; what has another status, was kept before
# by another cache, or has a lifetime that nginx does not read (RFC 9213).
map "$plimsoll_knows_who|$upstream_http_cache_control" $plimsoll_private {{
    default 0;
    "~*^1[|](?!{everybodys})" 1;
}}
map $upstream_status $plimsoll_unknown {{
    default 1;
{statuses}
}}
map $upstream_http_age $plimsoll_aged {{
    default 1;
    "" 0;
    "0" 0;
}}
map $upstream_http_cdn_cache_control $plimsoll_targeted {{
    default 1;
    "" 0;
}}

upstream plimsoll_origin {{
    server {origin};
    keepalive 32;
}}

{closed}server {{
    listen {listen};
    server_name {names};
    client_max_body_size 100m;

{purging}
    location / {{
        set $plimsoll_epoch "";
        set $plimsoll_fat 0;
        set $plimsoll_misread 0;
        access_by_lua_block {{ plimsoll.look() }}
        header_filter_by_lua_block {{ plimsoll.note() }}

        proxy_pass http://plimsoll_origin;
        proxy_http_version 1.1;
        proxy_connect_timeout 2s;
        proxy_read_timeout 60s;
        proxy_send_timeout 60s;

        proxy_cache plimsoll;
        proxy_cache_key "$plimsoll_epoch|{scheme}|$host|$request_uri";
        proxy_cache_lock on;
        proxy_cache_lock_timeout 5s;
        proxy_cache_lock_age 5s;
        proxy_cache_revalidate on;
        proxy_cache_background_update on;
        proxy_cache_bypass $plimsoll_fat;
        proxy_no_cache $plimsoll_fat $plimsoll_private $plimsoll_unknown $plimsoll_aged $plimsoll_targeted
            $plimsoll_misread;
        proxy_ignore_headers X-Accel-Expires X-Accel-Redirect X-Accel-Limit-Rate X-Accel-Charset;
        proxy_pass_header Date;

        proxy_set_header Host $host{port_sent};
        proxy_set_header Connection "";
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto {scheme};
        # What no key has reaches nobody's response.
{unset}
    }}
}}
"""
_SET: Final = frozenset({"x-forwarded-proto"})  # by us, above


def nginx(front: Front) -> str:
    """The whole file."""
    fields = sorted(name.decode() for name in TAG_FIELDS)
    purging = _PURGING.format(
        purge=PURGE_PATH,
        purgers="".join(f"        allow {one};\n" for one in front.purgers),
        token_file=front.token_file,
    )
    return _TEMPLATE.format(
        cache=front.cache,
        size=front.size,
        token_file=front.token_file,
        token_min=TOKEN_CHARACTERS_MIN,
        lua=LUA.format(
            fields=", ".join(f'"{name}"' for name in fields),
            tag_max=TAG_CHARACTERS_MAX,
            token_min=TOKEN_CHARACTERS_MIN,
            scheme=front.scheme,
        ).rstrip(),
        everybodys=EVERYBODYS.replace('"', "\\x22"),
        statuses="\n".join(f"    {status} 0;" for status in statuses()),
        origin=front.origin.text,
        listen=front.listen.text,
        names=" ".join(front.names) or "_",
        closed=_CLOSED.format(listen=front.listen.text, purging=purging) if front.names else "",
        purging=purging,
        scheme=front.scheme,
        port_sent=front.host_sent,
        unset="\n".join(
            f'        proxy_set_header {name} "";' for one in sorted(UNKEYED) if (name := one.decode()) not in _SET
        ),
    )


_PURGING: Final = """\
    location = {purge} {{
        allow 127.0.0.1;
        allow ::1;
{purgers}        deny all;
        client_max_body_size 1m;
        client_body_buffer_size 1m;
        content_by_lua_block {{ plimsoll.purge("{token_file}") }}
    }}
"""

# Other hosts are nobody's: each would have a copy of its own of everything. But a purge comes to an address.
_CLOSED: Final = """\
server {{
    listen {listen} default_server;
    server_name _;

{purging}
    location / {{
        return 421;
    }}
}}

"""
