-- Returns the first entry's place in a stream, and the last one that the server
-- gave to an entry; both are empty if there is no stream.
-- KEYS stream
if redis.call('EXISTS', KEYS[1]) == 0 then
  return {'', ''}
end
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' then
    return {first and first[1] or info[i + 1], info[i + 1]}
  end
end
return redis.error_reply('ERR the stream has no last id')
