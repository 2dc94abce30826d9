-- Promises to keep the reply of a request.
-- KEYS record, index, usage
-- ARGV now, ttl, tombstone, call, tenant, chain, key, deadline, expires, id, size, entries, bytes
local record, index, usage = KEYS[1], KEYS[2], KEYS[3]
local now, ttl = clock(ARGV[1]), tonumber(ARGV[2])
local call, tenant, size = ARGV[4], ARGV[5], tonumber(ARGV[11])
local given = {t = tenant, c = ARGV[6], k = ARGV[7]}
local has = redis.call('HMGET', record, 's', 'x', 'g')

if has[1] and now >= tonumber(has[2]) then
  return {'EXPIRED'}
elseif has[1] and has[3] == call then -- an earlier attempt of this call
  return {'OK'}
elseif has[1] then
  if has[1] == 'C' then -- its reply has come first: what that left empty is filled in
    for name, value in pairs(given) do
      if value ~= '' then
        redis.call('HSETNX', record, name, value)
      end
    end
  end
  return {'COMPLETED'}
elseif ttl <= 0 then
  return {'EXPIRED'}
end

local who = counted(tenant, ARGV[12], ARGV[13])
if who ~= '' or now_and_then(ARGV[10]) then
  sweep(index, usage, now)
end
if who ~= '' and not fits(usage, who, size, tonumber(ARGV[12]), tonumber(ARGV[13])) then
  return {'FULL'}
end
local member = ARGV[10] .. whole(size) .. ':' .. who
local fields = {'s', 'P', 'x', whole(now + ttl), 'g', call, 'm', member, 'e', ARGV[9]}
given.l = ARGV[8]
for name, value in pairs(given) do
  if value ~= '' then
    table.insert(fields, name)
    table.insert(fields, value)
  end
end
redis.call('HSET', record, unpack(fields))
extend(record, ttl + ARGV[3])
enter(index, usage, member, now, ttl)
return {'OK'}
