-- Puts a reply: the first one counts. What can be done without all this, plain.lua
-- has done.
-- KEYS record, body, index, stream, usage, quota
-- ARGV now, ttl, plain, id, value, ttl and tombstone,
--      and if it is not plain: tenant, chain, key, grant, size, entries, bytes, promised, inline
local record, body, index, stream, usage, quota = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local now, ttl, id, value, keep = clock(ARGV[1]), tonumber(ARGV[2]), ARGV[4], ARGV[5], tonumber(ARGV[6])
local call, given, grant = string.match(value, '^(%S+)', 17), ARGV[9] or '', ARGV[10] or ''
local size, entries, bytes = ARGV[11] or string.format('%.0f', #value + 512), ARGV[12] or '0', ARGV[13] or '0'
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

local tenant, chain, key = or_else(ARGV[7] or '', has[3]), or_else(ARGV[8] or '', has[4]), or_else(given, has[5])
if key ~= '' and given == '' then
  return {'KEYED', key} -- the caller has to look who holds it
elseif key ~= '' and (grant == '' or redis.call('HEXISTS', record, 'f' .. grant) == 1) then
  return {'SUPERSEDED'}
end

local who = has[6] and tenant or counted(tenant, entries, bytes) -- who was counted once still is
if not state then
  if ARGV[14] == '1' then -- only what was promised is taken now
    return {'FULL'}
  end
  sweep(index, usage, quota, now, keep - ttl, who, id)
  if who ~= '' and not fits(usage, who, tonumber(size), tonumber(entries), tonumber(bytes)) then
    return full(quota, now, who)
  end
end

-- A stream that is new begins at a place that none of an earlier one has had, in
-- case a reader has seen that: the server may have been emptied just now.
local real, life, place = ARGV[1] == '' and now or clock(''), redis.call('PTTL', stream), '*'
if life == -2 then
  place = whole(real) .. '-' .. whole(tonumber(string.sub(redis.sha1hex(call), 1, 8), 16))
end
place = redis.call('XADD', stream, place, 'i', id)
if life < stream_life / 2 then
  redis.call('PEXPIRE', stream, stream_life)
end
if now_and_then(id) then
  redis.call('XTRIM', stream, 'MINID', whole(real - stream_life))
  redis.call('XTRIM', stream, 'MAXLEN', '~', stream_length)
end

value = place .. ' ' .. value
redis.call('SET', body, value, 'PX', ARGV[2])
if has[6] then
  leave(usage, quota, has[6])
end
enter(index, usage, quota, id, size, who, now, ttl, keep)
if state or key ~= '' then
  redis.call('HSET', record, 's', 'C', 'x', whole(now + ttl))
  extend(record, keep)
end
if state or ARGV[3] ~= '1' and ARGV[15] ~= '1' then -- who waits for it reads it, with what was registered
  value = place .. ' ' .. id
end
redis.call('SPUBLISH', stream, value)
return {'OK', place, tenant, chain, key}
