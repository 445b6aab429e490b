/** What the broker's Lua scripts have in common. */

/** The time of Redis in milliseconds, numbers as text, and a key's life that is only ever made longer. */
export const TIME_LUA = `
local function now()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local function text(number)
  return string.format('%.0f', number)
end
local function keepFor(key, ms)
  if redis.call('PTTL', key) < ms then
    redis.call('PEXPIRE', key, text(ms))
  end
end
`

/**
 * Publishes, and tells how many connections heard it, where Redis knows: in a cluster it does of sharded pub/sub only,
 * which there is since Redis 7.
 */
export const TELL_LUA = `
local function tell(channel, isCluster, message)
  if isCluster == '0' then
    return redis.call('PUBLISH', channel, message)
  end
  if redis.REDIS_VERSION_NUM then
    return redis.call('SPUBLISH', channel, message)
  end
  redis.call('PUBLISH', channel, message)
  return ''
end
`

/** Milliseconds that a channel's life lasts at least after its last use. */
export const LIFE_MS = 7 * 24 * 3_600_000
