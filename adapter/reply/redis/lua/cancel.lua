-- Ends a pending request without a reply, and returns its key.
-- KEYS record, index
-- ARGV now, id
local has = redis.call('HMGET', KEYS[1], 's', 'x', 'k')
local state, expires = known(has[1], has[2], KEYS[2], ARGV[2])
if not state then
  return {'UNKNOWN'}
elseif clock(ARGV[1]) >= expires then
  return {'EXPIRED'}
elseif state == 'C' then
  return {'COMPLETED'}
end
redis.call('HSET', KEYS[1], 's', 'X')
return {'OK', has[3] or ''}
