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

-- known returns the state of a request and when it expires. One that has no state
-- in its record and is in the index of its mailbox is completed: by a reply whose
-- request was not registered.
local function known(state, expires, index, id)
  if not state then
    expires = redis.call('ZSCORE', index, id)
    state = expires and 'C'
  end
  return state, tonumber(expires or 0)
end

-- What is counted of a tenant in a mailbox, if there is a limit, are entries and
-- bytes. Each is a member of the mailbox's quota, with the moment of its expiry as
-- the score: the 16 bytes of its id, its size, a colon, and its tenant.
local function count(usage, member, sign)
  local size, tenant = string.match(member, '^(%d+):(.+)$', 17)
  redis.call('HINCRBY', usage, 'n' .. tenant, whole(sign))
  redis.call('HINCRBY', usage, 'b' .. tenant, whole(sign * size))
end

local function leave(usage, quota, member)
  if redis.call('ZREM', quota, member) == 1 then
    count(usage, member, -1)
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

-- sweep takes some of what has expired out of the quota, and out of the index what
-- expired so long ago that it need not be told from what is unknown: more than has
-- come since the last time.
local function sweep(index, usage, quota, now, tombstone, who, id)
  if now_and_then(id) then
    local old = redis.call('ZRANGEBYSCORE', index, '-inf', whole(now - tombstone), 'LIMIT', 0, 32)
    if old[1] then
      redis.call('ZREM', index, unpack(old))
    end
  end
  if who ~= '' then
    for _, member in ipairs(redis.call('ZRANGEBYSCORE', quota, '-inf', whole(now), 'LIMIT', 0, 32)) do
      leave(usage, quota, member)
    end
  end
end

-- fits reports whether somebody who is counted may have one more entry of a size.
local function fits(usage, who, size, entries, bytes)
  local has = redis.call('HMGET', usage, 'n' .. who, 'b' .. who)
  return (entries == 0 or tonumber(has[1] or 0) < entries) and (bytes == 0 or tonumber(has[2] or 0) + size <= bytes)
end

-- full is the answer to who has used up his share, with the time until the next of
-- his entries expires; 0 if it is not among the first thousand.
local function full(quota, now, who)
  local next = redis.call('ZRANGEBYSCORE', quota, '(' .. whole(now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1000)
  for i = 1, #next, 2 do
    if string.match(next[i], '^%d+:(.+)$', 17) == who then
      return {'FULL', whole(next[i + 1] - now)}
    end
  end
  return {'FULL', '0'}
end

-- enter puts a request into the index, and into the quota if it is counted: then it
-- returns what it is there. The index lives for twice as long as it must, so that
-- this need not be seen to for every request.
local function enter(index, usage, quota, id, size, who, now, ttl, keep)
  redis.call('ZADD', index, whole(now + ttl), id)
  if redis.call('PTTL', index) < keep then
    redis.call('PEXPIRE', index, whole(2 * keep))
  end
  if who == '' then
    return nil
  end
  local member = id .. size .. ':' .. who
  redis.call('ZADD', quota, whole(now + ttl), member)
  count(usage, member, 1)
  extend(quota, ttl)
  extend(usage, ttl)
  return member
end

-- or_else is a text, or another one if it is empty.
local function or_else(text, other)
  if text == '' then
    return other or ''
  end
  return text
end
