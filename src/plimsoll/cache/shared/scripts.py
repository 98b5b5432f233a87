"""What the server does in one step, in Lua: one key each, so that it works on a cluster, too. Pure.

Every script may be repeated. Where memory is full, writing what is there is denied and deleting is not: a key that
cannot be raised is deleted, by which what rests on it is wrong, as it must be.
"""

import hashlib
from typing import Final

# KEYS[1]: a tag. ARGV: run id, epoch, folded xid or 0, xids. -> 1 if there was a key to raise. As `Raised.written`.
RAISE: Final = """
local told = redis.call('GET', KEYS[1])
if not told then return 0 end
local f = {}
for word in string.gmatch(told, '%S+') do f[#f + 1] = word end
if f[1] ~= ARGV[1] .. '.' .. ARGV[2] or #f < 5 then return 0 end
local function higher(a, b) return #a > #b or (#a == #b and a > b) end
local before = f[3]
local function count()
  f[3] = string.format('%.0f', f[3] + 1)
  return f[3]
end
if ARGV[3] ~= '0' then
  f[4] = count()
  if higher(ARGV[3], f[5]) then f[5] = ARGV[3] end
end
for i = 4, #ARGV do
  local known = false
  for j = 7, #f, 2 do known = known or f[j] == ARGV[i] end
  if not known then
    f[#f + 1] = count()
    f[#f + 1] = ARGV[i]
    if #f > 11 then
      local at, xid = table.remove(f, 6), table.remove(f, 6)
      if higher(at, f[4]) then f[4] = at end
      if higher(xid, f[5]) then f[5] = xid end
    end
  end
end
if f[3] ~= before then
  local done = redis.pcall('SET', KEYS[1], table.concat(f, ' '), 'KEEPTTL')
  if type(done) == 'table' and done.err then redis.call('DEL', KEYS[1]) end
end
return 1
"""

# KEYS[1]: a tag or the root. ARGV: run id, what follows it in the first word, the rest of the text if it has to be
# made, seconds to live or 0. -> its text now.
MAKE: Final = """
local told = redis.call('GET', KEYS[1])
local origin = ARGV[1] .. ARGV[2] .. ' '
if told and string.sub(told, 1, #origin) == origin then return told end
local text = origin .. ARGV[3]
if ARGV[4] == '0' then redis.call('SET', KEYS[1], text) else redis.call('SET', KEYS[1], text, 'EX', ARGV[4]) end
return text
"""

# KEYS[1]: the root. ARGV: run id, the rest of its text. Whatever was there is gone afterwards.
RENEW: Final = """
local done = redis.pcall('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2])
if type(done) == 'table' and done.err then redis.call('DEL', KEYS[1]) end
return 1
"""

# KEYS[1]: a lease. ARGV: who holds it. Nobody else's is released.
RELEASE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""

ALL: Final = (RAISE, MAKE, RENEW, RELEASE)


def digest(script: str) -> str:
    """What EVALSHA calls it."""
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
