-- Returns records with their bodies.
-- KEYS record, body, record, body, ...
-- ARGV now, age: records completed longer ago are left out; '' for none
local now, since = clock(ARGV[1]), nil
if ARGV[2] ~= '' then
  since = clock('') - ARGV[2]
end
local found = {}
for i = 1, #KEYS, 2 do
  local has = redis.call('HMGET', KEYS[i], 's', 'x', 't', 'c', 'k', 'l', 'e', 'w')
  local state, one = has[1], {'UNKNOWN'}
  if state and now >= tonumber(has[2]) then
    one = {'EXPIRED'}
  elseif state and since and (not has[8] or tonumber(string.match(has[8], '^%d+')) < since) then
    one = {'EARLIER'}
  elseif state then
    local body = state == 'C' and redis.call('GET', KEYS[i + 1]) or ''
    if body then
      one = {state, has[3] or '', has[4] or '', has[5] or '', has[6] or '', has[7] or '', has[8] or '', body}
    else
      one = {'EXPIRED'} -- the server has removed it
    end
  end
  found[#found + 1] = one
end
return found
