-- Puts a reply: the first one counts. What can be done without all this, plain.lua
-- has done.
-- KEYS record, body, index, stream, usage, quota
-- ARGV now, ttl, plain, id, value, call, ttl and tombstone, stream's ttl,
--      tenant, chain, key, grant, size, entries, bytes, promised, inline, stream's length
local record, body, index, stream, usage, quota = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local now, ttl, id, value, call, keep = clock(ARGV[1]), tonumber(ARGV[2]), ARGV[4], ARGV[5], ARGV[6], tonumber(ARGV[7])
local has = redis.call('HMGET', record, 's', 'x', 't', 'c', 'k', 'm')
local state, expires = known(has[1], has[2], index, id)

if state and now >= expires or ttl <= 0 then
  return {'EXPIRED'}
elseif state == 'C' then
  local place, by = string.match(redis.call('GET', body) or '', '^(%S+) ' .. string.rep('.', 16) .. '(%S+)')
  if by == call then -- an earlier attempt of this call
    return {'OK', place, has[3] or '', has[4] or '', has[5] or ''}
  end
  return {'COMPLETED'}
elseif state == 'X' then
  return {'CANCELLED'}
end

local tenant, chain, key = or_else(ARGV[9], has[3]), or_else(ARGV[10], has[4]), or_else(ARGV[11], has[5])
if key ~= '' and ARGV[11] == '' then
  return {'KEYED', key} -- the caller has to look who holds it
elseif key ~= '' and (ARGV[12] == '' or redis.call('HEXISTS', record, 'f' .. ARGV[12]) == 1) then
  return {'SUPERSEDED'}
end

local who = counted(tenant, ARGV[14], ARGV[15])
if not state then
  if ARGV[16] == '1' then -- only what was promised is taken now
    return {'FULL'}
  end
  sweep(index, usage, quota, now, keep - ttl, who, id)
  if who ~= '' and not fits(usage, who, tonumber(ARGV[13]), tonumber(ARGV[14]), tonumber(ARGV[15])) then
    return full(quota, now)
  end
end

-- A stream that is new begins at a place that none of an earlier one has had, in
-- case a reader has seen that: the server may have been emptied just now.
local real, life, place = ARGV[1] == '' and now or clock(''), redis.call('PTTL', stream), '*'
if life == -2 then
  place = whole(real) .. '-' .. whole(tonumber(string.sub(redis.sha1hex(call), 1, 8), 16))
end
place = redis.call('XADD', stream, place, 'i', id)
if life < ARGV[8] / 2 then
  redis.call('PEXPIRE', stream, ARGV[8])
end
if now_and_then(id) then
  redis.call('XTRIM', stream, 'MINID', whole(real - ARGV[8]))
  redis.call('XTRIM', stream, 'MAXLEN', '~', ARGV[18])
end

value = place .. ' ' .. value
redis.call('SET', body, value, 'PX', ARGV[2])
if has[6] then
  leave(usage, quota, has[6])
end
enter(index, usage, quota, id, ARGV[13], who, now, ttl, keep)
if state or key ~= '' then
  redis.call('HSET', record, 's', 'C', 'x', whole(now + ttl))
  extend(record, keep)
end
if state or ARGV[17] ~= '1' then -- who waits for it reads it, with what was registered
  value = place .. ' ' .. id
end
redis.call('SPUBLISH', stream, value)
return {'OK', place, tenant, chain, key}
