-- Returns records with their bodies.
-- KEYS index, record, body, record, body, ...
-- ARGV now, age (records completed longer ago are left out; '' for none), id, id, ...
local now, since, index = clock(ARGV[1]), nil, KEYS[1]
if ARGV[2] ~= '' then
  since = clock('') - ARGV[2]
end
local found = {}
for i = 2, #KEYS, 2 do
  local has = redis.call('HMGET', KEYS[i], 's', 'x', 't', 'c', 'k', 'l', 'e', 'a')
  local state, expires = known(has[1], has[2], index, ARGV[2 + i / 2])
  local body, one = state == 'C' and KEYS[i + 1], {'UNKNOWN'}
  if state and now >= expires then
    one = {'EXPIRED'}
  elseif state and since and (not body or tonumber(string.match(redis.call('GETRANGE', body, 0, 20), '^%d+') or 0) < since) then
    one = {'EARLIER'}
  elseif state then
    local value = body and redis.call('GET', body) or not body and ''
    if value then
      one = {state, has[3] or '', has[4] or '', has[5] or '', has[6] or '', has[7] or '', value, has[8] or ''}
    else
      one = {'EXPIRED'} -- the server has removed it
    end
  end
  found[#found + 1] = one
end
return found
