/** Public surface of `notiwire/redis`. */
export type { IoredisLike, NodeRedisLike, RedisLike } from './client.ts'
export { redisIdempotency } from './idempotency.ts'
export { redisLimits } from './limits.ts'
export type { RedisStoreOptions, RedisSuppressionsOptions } from './options.ts'
export { redisSuppressions } from './suppressions.ts'
