-- Puts a dead letter, or deletes one. All letters are in one slot.
-- KEYS letter, index, sizes
-- ARGV now, what, name, version, ttl, body, letters, bytes
local letter, index, sizes = KEYS[1], KEYS[2], KEYS[3]
local now, name, version = clock(ARGV[1]), ARGV[3], ARGV[4]

local function forget(member)
  redis.call('ZREM', index, member)
  local size = redis.call('HGET', sizes, member)
  if size then
    redis.call('HDEL', sizes, member)
    redis.call('HINCRBY', sizes, '', whole(-size))
  end
end

if ARGV[2] == 'delete' then
  local has = redis.call('HGET', letter, 'v')
  if has and has ~= version then
    return {'CHANGED'}
  end
  redis.call('DEL', letter)
  forget(name)
  return {'OK'}
end

for _, member in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', whole(now), 'LIMIT', 0, 256)) do
  forget(member)
end
local body, ttl = ARGV[6], tonumber(ARGV[5])
local size, before = string.len(body), redis.call('HGET', sizes, name)
local more = size - tonumber(before or 0) -- one that is there is replaced, if it takes no more room
local bytes = tonumber(redis.call('HGET', sizes, '') or 0) + more
if not before and redis.call('ZCARD', index) >= tonumber(ARGV[7]) or more > 0 and bytes > tonumber(ARGV[8]) then
  return {'FULL'}
end
redis.call('DEL', letter)
redis.call('HSET', letter, 'v', version, 'k', whole(now), 'x', whole(now + ttl), 'b', body)
redis.call('PEXPIRE', letter, whole(ttl))
redis.call('ZADD', index, whole(now + ttl), name)
redis.call('HSET', sizes, name, whole(size))
redis.call('HSET', sizes, '', whole(bytes))
extend(index, ttl)
extend(sizes, ttl)
return {'OK'}
