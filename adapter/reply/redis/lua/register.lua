-- Promises to keep the reply of a request.
-- KEYS record, index, usage, quota
-- ARGV now, ttl, ttl and tombstone, call, tenant, chain, key, deadline, expires, id, size, entries, bytes, callback
local record, index, usage, quota = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local now, ttl, keep = clock(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local call, tenant, id = ARGV[4], ARGV[5], ARGV[10]
local given = {t = tenant, c = ARGV[6], k = ARGV[7]}
local has = redis.call('HMGET', record, 's', 'x', 'g')
local state, expires = known(has[1], has[2], index, id)

if state and now >= expires then
  return {'EXPIRED'}
elseif state and has[3] == call then -- an earlier attempt of this call
  return {'OK'}
elseif state then
  if state == 'C' then -- its reply has come first: what that left empty is filled in
    redis.call('HSET', record, 's', 'C', 'x', whole(expires))
    for name, value in pairs(given) do
      if value ~= '' then
        redis.call('HSETNX', record, name, value)
      end
    end
    extend(record, expires - now + keep - ttl)
  end
  return {'COMPLETED'}
elseif ttl <= 0 then
  return {'EXPIRED'}
end

local who = counted(tenant, ARGV[12], ARGV[13])
sweep(index, usage, quota, now, keep - ttl, who, id)
if who ~= '' and not fits(usage, who, tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])) then
  return full(quota, now, who)
end
given.m = enter(index, usage, quota, id, ARGV[11], who, now, ttl, keep) or ''
given.l, given.a = ARGV[8], ARGV[14]
local fields = {'s', 'P', 'x', whole(now + ttl), 'g', call, 'e', ARGV[9]}
for name, value in pairs(given) do
  if value ~= '' then
    table.insert(fields, name)
    table.insert(fields, value)
  end
end
redis.call('HSET', record, unpack(fields))
extend(record, keep)
return {'OK'}
