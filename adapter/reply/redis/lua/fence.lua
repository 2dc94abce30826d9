-- Ends a grant: its owner can no longer complete under it.
-- KEYS record, index
-- ARGV grant, ttl, id
if known(redis.call('HGET', KEYS[1], 's'), nil, KEYS[2], ARGV[3]) == 'C' then
  return {'COMPLETED'}
end
redis.call('HSET', KEYS[1], 'f' .. ARGV[1], '1')
extend(KEYS[1], tonumber(ARGV[2]))
return {'OK'}
