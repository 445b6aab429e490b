/** Public surface of `notiwire/redis`. */
export type { IoredisLike, NodeRedisLike, RedisLike } from './client.ts'
export { redisIdempotency } from './idempotency.ts'
export { redisLimits } from './limits.ts'
export type { RedisStoreOptions, RedisSuppressionsOptions } from './options.ts'
export { redisBroker } from './push-broker.ts'
export type { PushClient, PushCluster, PushClusterNode, PushConnection, PushRedis } from './push-client.ts'
export { redisSuppressions } from './suppressions.ts'
