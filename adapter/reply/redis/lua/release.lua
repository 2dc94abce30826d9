-- Deletes a claim if a field of it has a value.
-- KEYS claim
-- ARGV field, value
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('DEL', KEYS[1])
end
return {'OK'}
