/**
 * Idempotency keys in Redis, in Lua. Under a key stands a hash: `id` and `print` of who claimed it, `until` when he is
 * taken for alive, and the `outcome` once there is one.
 */
import { Script } from './client.ts'

/**
 * ARGV: id, fingerprint, lease and time to live in milliseconds.
 * @returns nothing where the key is the caller's now, otherwise {status, id, fingerprint, outcome}
 */
export const CLAIM = new Script(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local found = redis.call('HMGET', KEYS[1], 'id', 'print', 'until', 'outcome')
-- Its own claim: the client has sent it again, because it lost the answer with the connection.
local isFree = not found[1] or (found[1] == ARGV[1] and not found[4])
if isFree then
  redis.call('HSET', KEYS[1], 'id', ARGV[1], 'print', ARGV[2], 'until', string.format('%.0f', now + ARGV[3]))
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  return false
end
if found[4] then
  return {'settled', found[1], found[2], found[4]}
end
return {tonumber(found[3]) > now and 'pending' or 'lost', found[1], found[2]}
`)

/** ARGV: id and outcome. */
export const SETTLE = new Script(`
if redis.call('HGET', KEYS[1], 'id') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'outcome', ARGV[2])
end
`)

/** ARGV: id. */
export const RELEASE = new Script(`
local found = redis.call('HMGET', KEYS[1], 'id', 'outcome')
if found[1] == ARGV[1] and not found[2] then
  redis.call('DEL', KEYS[1])
end
`)
