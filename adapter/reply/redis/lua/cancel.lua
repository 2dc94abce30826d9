-- Ends a pending request without a reply, and returns its key.
-- KEYS record
-- ARGV now
local has = redis.call('HMGET', KEYS[1], 's', 'x', 'k')
if not has[1] then
  return {'UNKNOWN'}
elseif clock(ARGV[1]) >= tonumber(has[2]) then
  return {'EXPIRED'}
elseif has[1] == 'C' then
  return {'COMPLETED'}
end
redis.call('HSET', KEYS[1], 's', 'X')
return {'OK', has[3] or ''}
