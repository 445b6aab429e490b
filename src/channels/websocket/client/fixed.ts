/** What is fixed. In a file of its own, because only then minifiers write numbers out where they are used. */

/** How much longer than the server's ping the line may be silent, in seconds. */
export const PING_GRACE_S = 10
/** Where the server does not ping: as long as timers hold, or nearly so. */
export const FOREVER_MS = 1e9
/** Leaves a tenth of the token's life to get the next one, in milliseconds per second of it. */
export const REFRESH_SHARE = 900
/** A token that lives longer is refreshed daily, in seconds: timers hold no more than 24 days. */
export const A_DAY_S = 86_400
/** What comes in quick succession waits this long for company, in milliseconds. */
export const BATCH_MS = 50
/** How long to wait before asking again what was refused for now, in milliseconds. */
export const RETRY_MS = 5_000
/** From here on a client that was unsubscribed may subscribe again; below, the server means it. */
export const RESUBSCRIBE = 2_500
/** So many message ids are remembered of a channel, to know a message again that comes in another epoch. */
export const MAX_IDS = 200
/** Another try would end the same way: lasting refusals, and the closes that the protocol calls terminal. */
export const FINAL = /^(10[1-8]|[34][5-9]..)$/
/** What a call ends with where there is no line: the state has told that. */
export const LOST = { message: 'no connection' }
/** Returned in place of what a handler returns, where a message is not for it. */
export const NOT_MINE = {}
/** What is kept of a channel over a reload. */
export const STORED = ['name', 'epoch', 'done', 'isOwn']
