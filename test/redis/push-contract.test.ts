/** A broker over Redis does what every broker must, on one server and in a cluster. */
import { Cluster, Redis } from 'ioredis'
import { redisBroker } from '../../src/redis/index.ts'
import { describePushBroker } from '../support/push-broker-contract.ts'
import { describeOnRedis, type OnRedis } from './support.ts'

const HOST = '127.0.0.1'
const ignore = () => undefined

/** Every node has a client of its own, as every process has. */
function brokersOn(on: OnRedis, open: (port: number) => Redis | Cluster) {
  return async () => {
    await on.control.flushall()
    const clients: (Redis | Cluster)[] = []
    return {
      connect: () => {
        const client = open(on.server.port).on('error', ignore)
        clients.push(client)
        return redisBroker(client)
      },
      pass: (ms: number) => on.pass(ms),
      close: () => clients.forEach((client) => client.disconnect()),
    }
  }
}

const traits = { nodes: 'several', counts: true } as const

describeOnRedis('a broker over Redis', (on) => {
  describePushBroker(
    'with ioredis',
    brokersOn(on, (port) => new Redis({ host: HOST, port })),
    traits,
  )
  describePushBroker(
    'with ioredis, a key prefix, another database and RESP2',
    brokersOn(on, (port) => new Redis({ host: HOST, port, keyPrefix: 'app{1}:', db: 2, protocol: 2 })),
    traits,
  )
  describePushBroker(
    'with ioredis that pipelines by itself',
    brokersOn(on, (port) => new Redis({ host: HOST, port, enableAutoPipelining: true })),
    traits,
  )
})

const cluster = (port: number) => new Cluster([{ host: HOST, port }])

describeOnRedis(
  'a broker over Redis Cluster',
  (on) => describePushBroker('with a Cluster of ioredis', brokersOn(on, cluster), traits),
  true,
)
