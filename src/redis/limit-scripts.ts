/**
 * Limits in Redis, in Lua. Under a key stands a list of the microseconds at which places were taken, the newest first;
 * a place's microsecond is its ticket. A list keeps a place in about 10 bytes, and finds the `limit`th newest without a
 * search, so that even 1,000,000 a day can be counted exactly. The last element is the end of a pause where it is
 * negative: then nothing is taken, so it is in nobody's way.
 */
import { Script } from './client.ts'

const HEAD = `
local key = KEYS[1]
local function micros()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local function text(number)
  return string.format('%.0f', number)
end
local function at(index)
  local found = redis.call('LINDEX', key, text(index))
  return found and tonumber(found)
end
local function keep(ms)
  redis.call('PEXPIRE', key, text(math.max(redis.call('PTTL', key), ms)))
end
`

/**
 * ARGV: limit and window in milliseconds of each rate.
 * @returns {1, ticket} or {0, milliseconds to wait}
 */
export const TAKE = new Script(`${HEAD}
local now = micros()
local oldest = at(-1)
local freeAt = 0
if oldest and oldest < 0 then
  if -oldest > now then
    freeAt = -oldest
  else
    redis.call('RPOP', key)
  end
end
local longest = 0
for i = 1, #ARGV, 2 do
  local window = tonumber(ARGV[i + 1])
  local blocking = at(tonumber(ARGV[i]) - 1)
  if blocking and blocking > 0 then
    freeAt = math.max(freeAt, blocking + window * 1000)
  end
  longest = math.max(longest, window)
end
if freeAt > now then
  return {0, text(math.ceil((freeAt - now) / 1000))}
end
if #ARGV == 0 then
  return {1, ''}
end
-- Two for each that comes: so those that are over go faster than they come.
for i = 1, 2 do
  local last = at(-1)
  if last and last + longest * 1000 <= now then
    redis.call('RPOP', key)
  end
end
-- A clock that was set back, or two takes within a microsecond: the list stays in order, and tickets differ.
local taken = math.max(now, (at(0) or 0) + 1)
redis.call('LPUSH', key, text(taken))
keep(math.ceil(longest + (taken - now) / 1000))
return {1, text(taken)}
`)

/** ARGV: the ticket. Looks for it by halves, since the list is in order. */
export const GIVE_BACK = new Script(`${HEAD}
local ticket = tonumber(ARGV[1]) or 0
local low, high = 0, redis.call('LLEN', key) - 1
while low < high do
  local middle = math.floor((low + high) / 2)
  if at(middle) > ticket then
    low = middle + 1
  else
    high = middle
  end
end
if high >= 0 and at(low) == ticket then
  redis.call('LREM', key, 1, ARGV[1])
end
`)

/** ARGV: milliseconds. The longer of two pauses counts. */
export const PAUSE = new Script(`${HEAD}
local ms = tonumber(ARGV[1])
local pausedUntil = micros() + ms * 1000
local oldest = at(-1)
if oldest and oldest < 0 then
  -- In its place: a list that is empty for a moment would lose its time to live.
  redis.call('LSET', key, -1, text(-math.max(pausedUntil, -oldest)))
else
  redis.call('RPUSH', key, text(-pausedUntil))
end
keep(ms)
`)
