/**
 * Acknowledgements in Redis, in Lua: a sorted set `cursors` of devices by offset, and another, `ends`, by the time at
 * which each is forgotten. Cursors of another epoch than the channel's are nobody's: `meta` says since when its own ones
 * are there.
 */
import { Script } from './client.ts'
import { TELL_LUA, TIME_LUA } from './push-lua.ts'

/** What is remembered of a channel at most; the device that would be forgotten next goes first. */
const MAX_DEVICES = 1_000

const FORGET_LUA = `
local meta, cursors, ends = KEYS[1], KEYS[2], KEYS[3]
local function forget(devices)
  for _, device in ipairs(devices) do
    redis.call('ZREM', cursors, device)
    redis.call('ZREM', ends, device)
  end
end
local function forgetOver(at)
  forget(redis.call('ZRANGEBYSCORE', ends, '-inf', text(at)))
end
`

/**
 * KEYS: meta, cursors, ends. ARGV: epoch, offset, device, ttl, pub/sub channel, whether it is a cluster.
 * @returns nothing where the epoch is another, otherwise where the cursor is
 */
export const ACKNOWLEDGE = new Script(`${TIME_LUA}${TELL_LUA}${FORGET_LUA}
local epoch, offset, device, ttl = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local found = redis.call('HMGET', meta, 'epoch', 'offset', 'cursors')
if found[1] ~= epoch then
  return false
end
if not found[3] then
  redis.call('DEL', cursors, ends)
  redis.call('HSET', meta, 'cursors', '1')
end
local at = now()
forgetOver(at)
local before = redis.call('ZSCORE', cursors, device)
local cursor = text(math.max(math.min(offset, tonumber(found[2])), tonumber(before or 0)))
redis.call('ZADD', cursors, cursor, device)
redis.call('ZADD', ends, text(at + ttl), device)
local tooMany = redis.call('ZCARD', ends) - ${MAX_DEVICES}
if tooMany > 0 then
  forget(redis.call('ZRANGE', ends, 0, tooMany - 1))
end
keepFor(cursors, ttl)
keepFor(ends, ttl)
keepFor(meta, ttl)
tell(ARGV[5], ARGV[6], '1:' .. cursor .. ':' .. epoch .. ':' .. device)
return cursor
`)

/**
 * KEYS: meta, cursors, ends. ARGV: 'd' and the device, or '' for the foremost.
 * @returns nothing where there is none, otherwise {offset, epoch}
 */
export const CURSOR = new Script(`${TIME_LUA}${FORGET_LUA}
local found = redis.call('HMGET', meta, 'epoch', 'cursors')
if not found[2] then
  return false
end
forgetOver(now())
local cursor
if ARGV[1] == '' then
  cursor = redis.call('ZREVRANGE', cursors, 0, 0, 'WITHSCORES')[2]
else
  cursor = redis.call('ZSCORE', cursors, string.sub(ARGV[1], 2))
end
return cursor and {text(tonumber(cursor)), found[1]}
`)
