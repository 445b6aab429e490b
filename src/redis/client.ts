/** What is asked of the user's own Redis client, whichever of the two libraries it is from. */
import { createHash } from 'node:crypto'

/** A `Redis` or `Cluster` of `ioredis`, 5 or 6. */
export interface IoredisLike {
  readonly status: string
  evalsha(sha1: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>
}

interface EvalOptions {
  keys?: string[]
  arguments?: string[]
}

/** What `createClient`, `createCluster` or `createClientPool` of `redis` returns, 5 or 6. */
export interface NodeRedisLike {
  readonly isReady?: boolean
  evalSha(sha1: string, options: EvalOptions): Promise<unknown>
  eval(script: string, options: EvalOptions): Promise<unknown>
}

/** A client that the caller has connected, and that stays the caller's to close. */
export type RedisLike = IoredisLike | NodeRedisLike

/** One key, which Redis Cluster needs to find the node, and what else the script reads. */
export interface ScriptCall {
  readonly key: string
  /** Further keys, of the same hash slot. */
  readonly more?: readonly string[]
  readonly args: readonly (string | number)[]
}

/** A Lua script, with the name that Redis knows it by once it has run. */
export class Script {
  readonly text: string
  readonly sha1: string

  constructor(text: string) {
    this.text = text
    this.sha1 = createHash('sha1').update(text).digest('hex')
  }
}

export function isRedisLike(value: unknown): value is RedisLike {
  const client = (value ?? {}) as Partial<IoredisLike & NodeRedisLike>
  if (typeof client.eval !== 'function') return false
  if (typeof client.evalSha === 'function') return true
  return typeof client.evalsha === 'function' && typeof client.status === 'string'
}

/** Whether the client has a connection now, so far as it says. */
export function isReady(client: RedisLike): boolean {
  return isNodeRedis(client) ? client.isReady !== false : client.status === 'ready'
}

/** Sends the script's text only where Redis does not know it: the first time, and after it has restarted. */
export async function runScript(client: RedisLike, script: Script, call: ScriptCall): Promise<unknown> {
  try {
    return await evaluate(client, { method: 'evalSha', what: script.sha1 }, call)
  } catch (cause) {
    if (!(cause instanceof Error) || !cause.message.startsWith('NOSCRIPT')) throw cause
    return evaluate(client, { method: 'eval', what: script.text }, call)
  }
}

interface Evaluation {
  readonly method: 'evalSha' | 'eval'
  readonly what: string
}

function evaluate(
  client: RedisLike,
  { method, what }: Evaluation,
  { key, more = [], args }: ScriptCall,
): Promise<unknown> {
  const keys = [key, ...more]
  const texts = args.map(String)
  if (isNodeRedis(client)) return client[method](what, { keys, arguments: texts })
  const all = [...keys, ...texts]
  return method === 'eval'
    ? client.eval(what, keys.length, ...all)
    : client.evalsha(what, keys.length, ...all)
}

function isNodeRedis(client: RedisLike): client is NodeRedisLike {
  return 'evalSha' in client
}
