/**
 * Publications in Redis, in Lua. Of a channel there is a hash `meta`: its `epoch`, the newest `offset`, and the `floor`,
 * which is the newest offset that was kept and is gone though somebody may miss it. It outlives what is kept, so that
 * who comes late is told that something is missing, and no offset is given twice in an epoch. What is kept is a sorted
 * set `log` by offset of `offset:time:end of its own time:length of its key:key data`: unlike a stream it takes no longer
 * where much was taken out of it. The hash `byKey` has the offset of each key's entry.
 */
import { Script } from './client.ts'
import { TELL_LUA, TIME_LUA } from './push-lua.ts'

const STREAM_LUA = `${TIME_LUA}
local meta, log, byKey = KEYS[1], KEYS[2], KEYS[3]
local function open(newEpoch)
  local found = redis.call('HMGET', meta, 'epoch', 'offset', 'floor')
  if not found[1] then
    redis.call('DEL', log, byKey)
    redis.call('HSET', meta, 'epoch', newEpoch, 'offset', '0', 'floor', '0')
    return newEpoch, 0, 0, 0
  end
  local offset, floor, count = tonumber(found[2]), tonumber(found[3]), redis.call('ZCARD', log)
  -- What was kept has gone as a whole, by its age or because Redis was out of memory.
  if floor < offset and count == 0 then
    floor = offset
    redis.call('HSET', meta, 'floor', text(floor))
  end
  return found[1], offset, floor, count
end
local function read(entry)
  local offset, at, ends, keyLength, keyAt = string.match(entry, '^(%d+):(%d+):(%d*):(%d*):()')
  return { offset = tonumber(offset), at = tonumber(at), ends = tonumber(ends), keyLength = tonumber(keyLength), keyAt = keyAt }
end
`

/**
 * KEYS: meta, log, byKey, id. ARGV: pub/sub channel, whether it is a cluster, what goes before the data, data, for how
 * long the id is remembered ('' without one), then where it is kept: size, ttl, its own ttl ('' where that is not
 * shorter), the life of the channel, an epoch for the case that there is none, 'k' and its key ('' without one).
 * @returns {whether it is a duplicate, 'nodes:offset:epoch'}
 */
export const PUBLISH = new Script(`${STREAM_LUA}${TELL_LUA}
local channel, isCluster, head, data, idMs, size = unpack(ARGV, 1, 6)
if idMs ~= '' then
  local before = redis.call('GET', KEYS[4])
  if before then
    return {1, before}
  end
end
local function drop(entry, line)
  if entry.keyLength then
    local key = string.sub(line, entry.keyAt, entry.keyAt + entry.keyLength - 1)
    if redis.call('HGET', byKey, key) == text(entry.offset) then
      redis.call('HDEL', byKey, key)
    end
  end
end
-- Two at a time: in a channel that is full one goes, and the next is young.
local function trim(floor, excess, at)
  local ttl = tonumber(ARGV[7])
  while true do
    local lines = redis.call('ZRANGE', log, 0, 1)
    local dropped = 0
    for _, line in ipairs(lines) do
      local entry = read(line)
      if excess <= dropped and entry.at + ttl > at then
        break
      end
      if not entry.ends or entry.ends > at then
        floor = entry.offset
      end
      drop(entry, line)
      dropped = dropped + 1
    end
    if dropped > 0 then
      redis.call('ZREMRANGEBYRANK', log, 0, dropped - 1)
    end
    if dropped < 2 then
      return floor
    end
    excess = excess - dropped
  end
end
local function keep()
  local ttl, ownTtl, key = tonumber(ARGV[7]), ARGV[8], ARGV[11]
  local epoch, top, floor, count = open(ARGV[10])
  local at, offset = now(), text(top + 1)
  local ends, keyLength = '', ''
  if ownTtl ~= '' then
    ends = text(at + tonumber(ownTtl))
  end
  if key ~= '' then
    keyLength = text(#key)
    local older = redis.call('HGET', byKey, key)
    if older then
      count = count - redis.call('ZREMRANGEBYSCORE', log, older, older)
    end
    redis.call('HSET', byKey, key, offset)
    keepFor(byKey, ttl)
  end
  local line = table.concat({offset, text(at), ends, keyLength, key .. data}, ':')
  redis.call('ZADD', log, offset, line)
  floor = trim(floor, count + 1 - tonumber(size), at)
  redis.call('HSET', meta, 'offset', offset, 'floor', text(floor))
  keepFor(log, ttl)
  keepFor(meta, tonumber(ARGV[9]))
  return offset, epoch
end
local offset, epoch = '', ''
if size then
  offset, epoch = keep()
end
local answer = ':' .. offset .. ':' .. epoch
if idMs ~= '' then
  -- Before it is told: where Redis is out of memory, the first write is what fails, and nothing is told.
  redis.call('SET', KEYS[4], answer, 'PX', idMs)
end
local nodes = tell(channel, isCluster, '1' .. answer .. ':' .. head .. data)
answer = nodes .. answer
if idMs ~= '' then
  if nodes == 0 and not size then
    -- Nobody has it and nobody will: it may be published again.
    redis.call('DEL', KEYS[4])
  else
    redis.call('SET', KEYS[4], answer, 'PX', idMs)
  end
end
return {0, answer}
`)

/**
 * KEYS: meta, log, byKey. ARGV: offset ('' without one) and epoch since when, limit, whether the newest come first, ttl,
 * the life of the channel, an epoch for the case that there is none.
 * @returns {offset, epoch, whether it is complete, offset, data, offset, data, ...}
 */
export const HISTORY = new Script(`${STREAM_LUA}
local since, limit, isReverse = tonumber(ARGV[1]), tonumber(ARGV[3]), ARGV[4] == '1'
local ttl, life = tonumber(ARGV[5]), tonumber(ARGV[6])
local epoch, top, floor = open(ARGV[7])
if redis.call('PTTL', meta) < life / 2 then
  redis.call('PEXPIRE', meta, text(life))
end
local reply = {text(top), epoch, 0}
if since and (ARGV[2] ~= epoch or since > top) then
  return reply
end
local at = now()
-- By offset, from one that is left out on; the first alone, since often no more is asked for.
local function walk(command, from, to, visit)
  local count = 1
  while true do
    local lines = redis.call(command, log, from, to, 'LIMIT', 0, count)
    for _, line in ipairs(lines) do
      local entry = read(line)
      if not visit(entry, line) then
        return
      end
      from = '(' .. text(entry.offset)
    end
    if #lines < count then
      return
    end
    count = 100
  end
end
-- Whoever asks may want less than what is kept.
walk('ZRANGEBYSCORE', '-inf', '+inf', function(entry)
  if entry.at + ttl > at then
    return false
  end
  if not entry.ends or entry.ends - entry.at > ttl then
    floor = math.max(floor, entry.offset)
  end
  return true
end)
if (since or 0) >= floor then
  reply[3] = 1
end
if limit == 0 then
  return reply
end
local function take(entry, line)
  if entry.at + ttl > at and not (entry.ends and entry.ends <= at) then
    reply[#reply + 1] = text(entry.offset)
    reply[#reply + 1] = string.sub(line, entry.keyAt + (entry.keyLength or 0))
  end
  return #reply < 3 + 2 * limit
end
if isReverse then
  walk('ZREVRANGEBYSCORE', since and '(' .. text(since) or '+inf', '-inf', take)
else
  walk('ZRANGEBYSCORE', since and '(' .. text(since) or '-inf', '+inf', take)
end
return reply
`)
