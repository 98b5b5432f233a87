"""Tags in nginx's shared memory: which epoch a key is in, and when which tag was purged."""

from typing import Final

# A key's record says since when it is kept ("born"), in which epoch, and with which tags. A purge is a moment by a
# tag's name. A key of which a tag was purged since it was born is in the epoch of that purge: nginx then has another
# key, so that the old one is never told again, and all who ask meanwhile wait for one fetch. A key without a record is
# in the epoch of the last purge of anything, so that nobody joins a fetch that began before it. When a table is full
# everything is forgotten, and that moment counts as a purge of everything. `family:*` is every tag of a family, and
# who carries that goes with each of them.
LUA: Final = """\
    local cjson = require "cjson.safe"
    local kept, purged = ngx.shared.plimsoll_kept, ngx.shared.plimsoll_purged
    local FIELDS = {{ {fields} }}
    local FORGOTTEN_S = 172800  -- twice the time after which nginx removes what nobody asked for
    local TAGS_MAX = 200  -- of all variants of a key together; with more it goes at any purge
    local SAFE = {{ GET = true, HEAD = true, OPTIONS = true }}
    local METHODS = {{ GET = true, HEAD = true, OPTIONS = true, POST = true, PUT = true, PATCH = true, DELETE = true }}

    plimsoll = {{}}

    local function forget_everything(now)
        kept:flush_all()
        purged:flush_all()
        purged:set("last", now)
    end
    if not purged:get("last") then forget_everything(ngx.now()) end

    local function mark(names)
        ngx.update_time()
        local now = ngx.now()
        for _, name in ipairs(names) do
            if not purged:safe_set(name, now, FORGOTTEN_S) then return forget_everything(now) end
        end
        purged:set("last", now)
    end

    local function key_of(host, uri)
        return ngx.md5("{scheme}|" .. host .. "|" .. uri)
    end

    local function record_of(key)
        local text = kept:get(key)
        if not text then return nil end
        local epoch, born, tags = text:match("^([^;]*);([^;]*);(.*)$")
        return {{ epoch = tonumber(epoch), born = tonumber(born), tags = tags }}
    end

    -- When anything that the record depends on was purged last, if that was since it was born.
    local function purged_since(key, record)
        local last = purged:get("last") or ngx.now()
        if last < record.born then return nil end
        if record.tags == "*" then return last end
        local latest = math.max(purged:get("all") or 0, purged:get("u:" .. key) or 0)
        for tag in record.tags:gmatch("%S+") do
            local family = tag:match("^[^:]*")
            local others = tag:sub(-2) == ":*" and "f:" .. family or "t:" .. family .. ":*"
            latest = math.max(latest, purged:get("t:" .. tag) or 0, purged:get(others) or 0)
        end
        return latest >= record.born and latest or nil
    end

    function plimsoll.look()
        if not METHODS[ngx.req.get_method()] then return ngx.exit(405) end
        local key = key_of(ngx.var.host, ngx.var.request_uri)
        local record = record_of(key)
        if record then
            kept:expire(key, FORGOTTEN_S)
            ngx.var.plimsoll_epoch = string.format("%.3f", purged_since(key, record) or record.epoch)
        else
            ngx.var.plimsoll_epoch = string.format("%.3f", purged:get("last") or ngx.now())
        end
        local length = ngx.var.http_content_length
        if (length and length ~= "0") or ngx.var.http_transfer_encoding then ngx.var.plimsoll_fat = "1" end
    end

    -- What is hashed elsewhere, since it is no portable tag, cannot be hashed here: such a key goes at any purge.
    local function each_tag(found, text)
        for tag in text:gmatch('[^%s,"]+') do
            found[(#tag > {tag_max} or tag:find("[^!-@[-~]") or tag:find("\\\\", 1, true)) and "*" or tag] = true
        end
    end

    local function tags_told()
        local found = {{}}
        for _, field in ipairs(FIELDS) do
            local told = ngx.header[field]
            if type(told) == "table" then told = table.concat(told, " ") end
            if told then
                each_tag(found, told)
                ngx.header[field] = nil
            end
        end
        return found
    end

    local function remember(key, tags)
        local epoch, born = tonumber(ngx.var.plimsoll_epoch), ngx.req.start_time()
        local record = record_of(key)
        if record and record.epoch > epoch then return end
        if record and record.epoch == epoch then  -- another variant, or the same again
            born = math.min(born, record.born)
            each_tag(tags, record.tags)
        end
        local names = {{}}
        for tag in pairs(tags) do names[#names + 1] = tag end
        local text = (#names > TAGS_MAX or tags["*"]) and "*" or table.concat(names, " ")
        text = string.format("%.3f;%.3f;%s", epoch, born, text)
        if not kept:safe_set(key, text, FORGOTTEN_S) then
            ngx.update_time()
            forget_everything(ngx.now())
        end
    end

    local function joined(field)
        local told = ngx.header[field]
        return type(told) == "table" and table.concat(told, ",") or told or ""
    end

    local function is_lifetime(word)
        return word:find("^%s*max%-age=%d+%s*$") or word:find("^%s*s%-maxage=%d+%s*$")
    end

    -- nginx finds "max-age=" within other words and quotes, too, reads an Expires without its zone, sees the "*" of
    -- Vary only where it stands alone, and of several fields the last. What it would misread is not kept.
    local function is_misread()
        if type(ngx.header["Vary"]) == "table" or joined("Vary"):find("*", 1, true) then return true end
        local told, expires, lives = joined("Cache-Control"):lower(), joined("Expires"), false
        if (told:match('"(.*)') or ""):find("age", 1, true) then return true end
        for word in told:gmatch("[^,]+") do
            if is_lifetime(word) then lives = true
            elseif word:find("age=", 1, true) or word:find("^%s*s?%-?max%-?age%s*$") then return true end
        end
        return not (lives or expires:find(" GMT$") or expires:find("^%a+ %a+ +%d+ %d+:%d+:%d+ %d+$"))
    end

    local TOLD = {{
        HIT = "hit", STALE = "hit", UPDATING = "hit", REVALIDATED = "hit; detail=revalidated",
        MISS = "fwd=uri-miss", EXPIRED = "fwd=stale", BYPASS = "fwd=bypass",
    }}

    function plimsoll.note()
        local tags, status = tags_told(), ngx.var.upstream_cache_status
        local key = key_of(ngx.var.host, ngx.var.request_uri)
        if status == "MISS" or status == "EXPIRED" then
            if is_misread() then ngx.var.plimsoll_misread = "1" end
            remember(key, tags)
        end
        if not SAFE[ngx.req.get_method()] and ngx.status >= 200 and ngx.status < 400 then mark({{ "u:" .. key }}) end
        ngx.header["Cache-Status"] = "nginx; " .. (TOLD[status] or "fwd=method")
    end

    local function say(status, detail)
        ngx.status = status
        ngx.header["Content-Type"] = "application/json"
        ngx.header["Cache-Control"] = "no-store"
        ngx.say(cjson.encode({{ status = status, detail = detail }}))
    end

    local function token_in(path)
        local file = io.open(path, "r")
        if not file then return nil end
        local text = (file:read(4096) or ""):gsub("%s+$", "")
        file:close()
        return #text >= {token_min} and text or nil
    end

    local function names_in(asked)
        local names = {{}}
        for _, tag in ipairs(asked.tags or {{}}) do
            names[#names + 1] = "t:" .. tag
            if tag:sub(-2) ~= ":*" then names[#names + 1] = "f:" .. tag:match("^[^:]*") end
        end
        for _, url in ipairs(asked.urls or {{}}) do
            local host, uri = url:match("^https?://([^/]+)(/.*)$")
            if not host then return nil end
            names[#names + 1] = "u:" .. key_of(host:lower():gsub(":%d+$", ""):gsub("%.$", ""), uri)
        end
        -- Tables know no prefixes and no patterns: rather too much than too little.
        local everything = asked.everything == true or #(asked.prefixes or {{}}) + #(asked.patterns or {{}}) > 0
        if everything then names[#names + 1] = "all" end
        return names
    end

    function plimsoll.purge(token_file)
        if ngx.req.get_method() ~= "POST" then return say(405, "POST only") end
        local token = token_in(token_file)
        if not token then return say(503, "there is no token") end
        if ngx.var.http_authorization ~= "Bearer " .. token then return say(401, "wrong token") end
        ngx.req.read_body()
        local asked = cjson.decode(ngx.req.get_body_data() or "")
        local fine, names = pcall(names_in, type(asked) == "table" and asked or {{}})
        if not fine or not names or #names == 0 then return say(400, "nothing to purge, or not as it is written") end
        mark(names)
        say(200, "purged")
    end
"""
