/**
 * Presence, texts and control messages in Redis, in Lua. Who is present is a hash `present` of clients and their users, a
 * sorted set `ends` of clients by when their time is over, and a hash `users` of how many clients each user has: so
 * asking for the numbers costs no walk.
 */
import { Script } from './client.ts'
import { TELL_LUA, TIME_LUA } from './push-lua.ts'

const LEAVE_LUA = `${TIME_LUA}
local present, ends, users = KEYS[1], KEYS[2], KEYS[3]
local function leave(client)
  local user = redis.call('HGET', present, client)
  redis.call('ZREM', ends, client)
  if user then
    redis.call('HDEL', present, client)
    if redis.call('HINCRBY', users, user, -1) <= 0 then
      redis.call('HDEL', users, user)
    end
  end
end
local function leaveOver(at)
  for _, client in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', text(at))) do
    leave(client)
  end
end
`

/** KEYS: present, ends, users. ARGV: ttl, client, user, client, user, ... */
export const ENTER = new Script(`${LEAVE_LUA}
local at, ttl = now(), tonumber(ARGV[1])
leaveOver(at)
for i = 2, #ARGV, 2 do
  local client, user = ARGV[i], ARGV[i + 1]
  if redis.call('HGET', present, client) ~= user then
    leave(client)
    redis.call('HSET', present, client, user)
    redis.call('HINCRBY', users, user, 1)
  end
  redis.call('ZADD', ends, text(at + ttl), client)
end
for _, key in ipairs(KEYS) do
  keepFor(key, ttl)
end
`)

/** KEYS: present, ends, users. ARGV: client. */
export const LEAVE = new Script(`${LEAVE_LUA}
leave(ARGV[1])
`)

/** KEYS: present, ends, users. @returns {client, user, client, user, ...} */
export const PRESENT = new Script(`${LEAVE_LUA}
leaveOver(now())
local reply = {}
for _, client in ipairs(redis.call('ZRANGE', ends, 0, -1)) do
  reply[#reply + 1] = client
  reply[#reply + 1] = redis.call('HGET', present, client) or ''
end
return reply
`)

/** KEYS: present, ends, users. @returns {number of clients, number of users} */
export const PRESENCE = new Script(`${LEAVE_LUA}
leaveOver(now())
return {redis.call('HLEN', present), redis.call('HLEN', users)}
`)

/** KEYS: the text's. ARGV: text, ttl. */
export const KEEP = new Script(`redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`)

/** KEYS: the text's. */
export const READ = new Script(`return redis.call('GET', KEYS[1])`)

/** KEYS: the text's. */
export const TAKE = new Script(`
local text = redis.call('GET', KEYS[1])
redis.call('DEL', KEYS[1])
return text
`)

/**
 * KEYS: what stands for the channel's place in a cluster. ARGV: pub/sub channel, whether it is a cluster, message.
 * @returns how many connections heard it, '' where that cannot be known
 */
export const CONTROL = new Script(`${TELL_LUA}
return tell(ARGV[1], ARGV[2], '1:' .. ARGV[3])
`)

/** KEYS: any. @returns whether there is sharded pub/sub; and in a cluster the client learns where the key is now */
export const PROBE = new Script(`
redis.call('EXISTS', KEYS[1])
return redis.REDIS_VERSION_NUM and 1 or 0
`)
