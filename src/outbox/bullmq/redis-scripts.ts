/** Steps on the keys of BullMQ 6 that its own methods do not do in one, so that no crash falls in between. */

/** KEYS: prioritized, delayed, wait, failed, the job. ARGV: its id, the reason, the time. */
export const TAKE_BACK = `
local id = ARGV[1]
if redis.call('EXISTS', KEYS[5]) == 0 then return 0 end
local found = redis.call('ZREM', KEYS[1], id) + redis.call('ZREM', KEYS[2], id)
if found == 0 then found = redis.call('LREM', KEYS[3], 0, id) end
if found == 0 then return 0 end
redis.call('HSET', KEYS[5], 'failedReason', ARGV[2], 'finishedOn', ARGV[3])
redis.call('ZADD', KEYS[4], ARGV[3], id)
return 1
`

/** KEYS: completed, failed, the job, its log. ARGV: its id. The key of its deduplication stays for its time. */
export const FORGET = `
local found = redis.call('ZREM', KEYS[1], ARGV[1]) + redis.call('ZREM', KEYS[2], ARGV[1])
if found == 0 then return 0 end
redis.call('DEL', KEYS[3], KEYS[4])
return 1
`
