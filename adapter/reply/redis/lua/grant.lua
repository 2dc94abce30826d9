-- Returns the grant under which an owner holds a key and for how long the claim
-- lasts; the grant is empty if he does not hold it.
-- KEYS claim
-- ARGV now, owner
local has = redis.call('HMGET', KEYS[1], 'o', 'x', 'g')
if has[1] ~= ARGV[2] then
  return {'', '0'}
end
local lasts = tonumber(has[2]) - clock(ARGV[1])
if lasts <= 0 then
  return {'', '0'}
end
return {has[3], whole(lasts)}
