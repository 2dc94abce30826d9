-- What every script begins with, behind its own first line. KEYS and ARGV are
-- listed at the top of each. Times are in milliseconds; those that are passed
-- in count from the caller's present, so that the clocks of callers do not
-- matter.

-- clock is the present by the server, or by the caller if he names it.
local function clock(named)
  if named ~= '' then
    return tonumber(named)
  end
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function whole(n)
  return string.format('%.0f', n)
end

-- extend has a key live for so long, at least.
local function extend(key, ttl)
  if redis.call('PTTL', key) < ttl then
    redis.call('PEXPIRE', key, whole(ttl))
  end
end

-- What is counted of a tenant in a mailbox: entries and bytes, if there is a
-- limit. Every record is a member of its mailbox's index, with the moment of its
-- expiry as the score: the 16 bytes of its id, its size, a colon, and its tenant
-- if he is counted.
local function count(usage, member, sign)
  local size, tenant = string.match(member, '^(%d+):(.+)$', 17)
  if tenant then
    redis.call('HINCRBY', usage, 'n' .. tenant, whole(sign))
    redis.call('HINCRBY', usage, 'b' .. tenant, whole(sign * size))
  end
end

-- counted is the tenant, or nobody if there is no limit. A limit of 0 is none.
local function counted(tenant, entries, bytes)
  if entries == '0' and bytes == '0' then
    return ''
  end
  return tenant
end

-- now_and_then is true for one of eight ids, by their random part.
local function now_and_then(id)
  return string.byte(id, 10) % 8 == 0
end

-- sweep takes some of what has expired out of the index: more than has come
-- since the last time.
local function sweep(index, usage, now)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', whole(now), 'LIMIT', 0, 32)) do
    redis.call('ZREM', index, member)
    count(usage, member, -1)
  end
end

-- fits reports whether somebody who is counted may have one more entry of a size.
local function fits(usage, who, size, entries, bytes)
  local has = redis.call('HMGET', usage, 'n' .. who, 'b' .. who)
  return (entries == 0 or tonumber(has[1] or 0) < entries) and (bytes == 0 or tonumber(has[2] or 0) + size <= bytes)
end

-- enter puts a record into the index.
local function enter(index, usage, member, now, ttl)
  redis.call('ZADD', index, whole(now + ttl), member)
  extend(index, ttl)
  if string.sub(member, -1) ~= ':' then
    count(usage, member, 1)
    extend(usage, ttl)
  end
end

-- or_else is a text, or another one if it is empty.
local function or_else(text, other)
  if text == '' then
    return other or ''
  end
  return text
end
