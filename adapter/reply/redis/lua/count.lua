-- Counts what a replica has used of a quota. Times are in microseconds.
-- KEYS counter
-- ARGV now, spent, replica, asked, held, for
local now, life = tonumber(ARGV[1]), tonumber(ARGV[6])
if not now then
  local t = redis.call('TIME')
  now = t[1] * 1000000 + t[2]
else
  now = now * 1000
end
local has = redis.call('HMGET', KEYS[1], 'd', 'r', 'w')
local back = math.max(tonumber(has[3] or now) - now, 0) -- by how much the clock was set back since
local paid = math.max(tonumber(has[1] or 0) - back, now) + tonumber(ARGV[2])
local asked, held, reports, last = 0, 0, {}, paid

local function keep(replica, a, h, expires)
  table.insert(reports, replica .. ' ' .. whole(a) .. ' ' .. whole(h) .. ' ' .. whole(expires) .. ';')
  last = math.max(last, expires)
end

for replica, a, h, expires in string.gmatch(has[2] or '', '(%w+) (%d+) (%d+) (%d+);') do
  if replica ~= ARGV[3] and tonumber(expires) > now then
    asked, held = asked + a, held + h
    keep(replica, a, h, expires)
  end
end
if ARGV[4] ~= '0' or ARGV[5] ~= '0' then
  keep(ARGV[3], ARGV[4], ARGV[5], now + life)
end
redis.call('HSET', KEYS[1], 'd', whole(paid), 'r', table.concat(reports), 'w', whole(now))
redis.call('PEXPIRE', KEYS[1], whole(math.max(last - now, 0) / 1000 + 1000))
return {whole(math.max(paid - now, 0)), whole(asked), whole(held)}
