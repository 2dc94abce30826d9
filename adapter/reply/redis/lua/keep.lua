-- Notes that the owner of a claim has completed.
-- KEYS claim
-- ARGV grant
if redis.call('HGET', KEYS[1], 'g') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'p', '1')
end
return {'OK'}
