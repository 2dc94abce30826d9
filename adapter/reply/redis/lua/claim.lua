-- Takes an idempotency key, unless it is held.
-- KEYS claim
-- ARGV now, fingerprint, owner, lease, ttl, grace, grant, former: the grant whose owner was fenced
local now, ttl = clock(ARGV[1]), tonumber(ARGV[5])
local has = redis.call('HMGET', KEYS[1], 'f', 'o', 'l', 'x', 'g', 'p')
local owner, grant = has[2], has[5]
if owner then
  local lasts = tonumber(has[4]) - now
  if grant == ARGV[7] then -- an earlier attempt of this call
    return {'HOLDER', owner}
  elseif lasts > 0 and (has[6] or now < tonumber(has[3])) then
    if has[1] ~= ARGV[2] then
      return {'REUSED'}
    end
    if owner == ARGV[3] and now + ARGV[4] > tonumber(has[3]) then -- it shows that it is still at work
      redis.call('HSET', KEYS[1], 'l', whole(now + ARGV[4]))
    end
    return {'HOLDER', owner}
  elseif ttl > 0 and grant ~= ARGV[8] then
    return {'LAPSED', owner, grant, whole(math.max(lasts, 0))}
  end
end
if ttl <= 0 then
  return {'EXPIRED'}
end
redis.call('HSET', KEYS[1], 'f', ARGV[2], 'o', ARGV[3], 'l', whole(now + ARGV[4]), 'x', whole(now + ttl), 'g', ARGV[7])
redis.call('HDEL', KEYS[1], 'p')
redis.call('PEXPIRE', KEYS[1], whole(ttl + ARGV[6]))
return {'HOLDER', ARGV[3]}
