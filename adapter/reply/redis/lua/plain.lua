-- What stands before the prelude of complete.lua: the reply of a request of which
-- nothing is known, while stream and index live for long enough. It is most
-- replies, and makes no call that it could do without. Who is in the index cannot
-- enter it again, so the first reply counts.
if ARGV[3] == '1' and redis.call('PTTL', KEYS[4]) >= stream_life / 2 and redis.call('PTTL', KEYS[3]) >= ARGV[6] + 0 then
  local now = tonumber(ARGV[1])
  if not now then
    local t = redis.call('TIME')
    now = t[1] * 1000 + math.floor(t[2] / 1000)
  end
  if redis.call('ZADD', KEYS[3], 'NX', string.format('%.0f', now + ARGV[2]), ARGV[4]) == 1 then
    local place = redis.call('XADD', KEYS[4], '*', 'i', ARGV[4])
    local value = place .. ' ' .. ARGV[5]
    redis.call('SET', KEYS[2], value, 'PX', ARGV[2])
    redis.call('SPUBLISH', KEYS[4], value)
    return {'OK', place}
  end
end
