-- Puts a reply: the first one counts.
-- KEYS record, body, index, stream, usage
-- ARGV now, ttl, tombstone, call, tenant, chain, key, deadline, expires, grant,
--      body, id, size, entries, bytes, promised, inline, stream's ttl, stream's length
local record, body, index, stream, usage = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local now, ttl, tombstone = clock(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local call, grant, id, size = ARGV[4], ARGV[10], ARGV[12], tonumber(ARGV[13])
local has = redis.call('HMGET', record, 's', 'x', 't', 'c', 'k', 'n', 'm', 'w')
local state, member = has[1], has[7]

if state and now >= tonumber(has[2]) or ttl <= 0 then
  return {'EXPIRED'}
elseif state == 'C' and has[6] == call then -- an earlier attempt of this call
  return {'OK', has[8], has[3] or '', has[4] or '', has[5] or ''}
elseif state == 'C' then
  return {'COMPLETED'}
elseif state == 'X' then
  return {'CANCELLED'}
end

local tenant, chain, key = or_else(ARGV[5], has[3]), or_else(ARGV[6], has[4]), or_else(ARGV[7], has[5])
if key ~= '' and ARGV[7] == '' then
  return {'KEYED', key} -- the caller has to look who holds it
elseif key ~= '' and (grant == '' or redis.call('HEXISTS', record, 'f' .. grant) == 1) then
  return {'SUPERSEDED'}
end

local who = counted(tenant, ARGV[14], ARGV[15])
if not state then
  if ARGV[16] == '1' then -- only what was promised is taken now
    return {'FULL'}
  end
  if who ~= '' or now_and_then(id) then
    sweep(index, usage, now)
  end
  if who ~= '' and not fits(usage, who, size, tonumber(ARGV[14]), tonumber(ARGV[15])) then
    return {'FULL'}
  end
end

-- A stream that is new begins at a place that none of an earlier one has had, in
-- case a reader has seen that: the server may have been emptied just now.
local real, place = ARGV[1] == '' and now or clock(''), '*'
local there = redis.call('PEXPIRE', stream, ARGV[18]) == 1
if not there then
  place = whole(real) .. '-' .. whole(tonumber(string.sub(redis.sha1hex(call), 1, 8), 16))
end
place = redis.call('XADD', stream, 'MINID', whole(real - ARGV[18]), place, 'i', id, 't', tenant, 'c', chain, 'k', key,
  'l', ARGV[8], 'e', ARGV[9], 'd', ARGV[17] == '1' and ARGV[11] or '')
if not there then
  redis.call('PEXPIRE', stream, ARGV[18])
elseif now_and_then(id) then
  redis.call('XTRIM', stream, 'MAXLEN', '~', ARGV[19])
end

redis.call('SET', body, ARGV[11], 'PX', whole(ttl))
if member then
  redis.call('ZREM', index, member)
  count(usage, member, -1)
end
member = id .. whole(size) .. ':' .. who
enter(index, usage, member, now, ttl)
local fields = {'s', 'C', 'x', whole(now + ttl), 'n', call, 'm', member, 'w', place, 'e', ARGV[9]}
for name, value in pairs({t = tenant, c = chain, k = key, l = ARGV[8]}) do
  if value ~= '' then
    table.insert(fields, name)
    table.insert(fields, value)
  end
end
redis.call('HSET', record, unpack(fields))
if state and ARGV[8] == '' then
  redis.call('HDEL', record, 'l')
end
if state or key ~= '' then -- it may be kept for longer already
  extend(record, ttl + tombstone)
else
  redis.call('PEXPIRE', record, whole(ttl + tombstone))
end
return {'OK', place, tenant, chain, key}
