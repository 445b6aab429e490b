/** Subscriptions that are given up and wanted again before Redis has answered. */
import { afterEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { Nodes, redisAt, RULE } from './push-support.ts'
import { describeOnRedis } from './support.ts'

describeOnRedis('a subscription', (on) => {
  const nodes = new Nodes()
  afterEach(async () => {
    await nodes.close()
    await on.control.flushall()
  })

  const start = async () => await nodes.start(redisAt(on.server.port))

  describe('that is given up and wanted again in one turn', () => {
    it('is there again', async () => {
      const node = await start()
      await node.broker.subscribe(['orders'])

      void node.broker.unsubscribe(['orders'])
      await node.broker.subscribe(['orders'])

      expect(await node.broker.publish('orders', '1')).toMatchObject({ nodes: 1 })
    })

    it('is there again, also where Redis had not answered yet', async () => {
      const node = await start()
      const first = node.broker.subscribe(['orders'])
      await Promise.resolve()
      void node.broker.unsubscribe(['orders'])
      await Promise.all([first, node.broker.subscribe(['orders'])])

      expect(await node.broker.publish('orders', '1')).toMatchObject({ nodes: 1 })
    })

    it('tells of acknowledgements again', async () => {
      const node = await start()
      const { position } = await node.broker.publish('orders', '1', { history: RULE })
      await node.broker.watch('orders')

      void node.broker.unwatch('orders')
      await node.broker.watch('orders')
      await node.broker.acknowledge(
        { channel: 'orders', device: 'phone', position: position ?? { offset: 0, epoch: '' } },
        100_000,
      )
      await node.heard.until(() => node.heard.acknowledgements.length > 0)

      expect(node.heard.acknowledgements).toMatchObject([{ device: 'phone' }])
    })
  })

  it('stays where it was made again, though the one that was given up is out of time', async () => {
    const proxy = await startFaultProxy(on.server.port)
    const clock = new FakeClock()
    const node = await nodes.start(redisAt(proxy.port), { clock, timeoutMs: 3_000 })
    proxy.refuse()
    const lost = node.heard.until(() => node.heard.failures.length > 0)
    proxy.cut()
    await lost
    const first = Promise.resolve(node.broker.subscribe(['orders'])).then(
      () => 'subscribed',
      () => 'failed',
    )
    await node.broker.unsubscribe(['orders'])
    proxy.accept()
    const again = node.broker.subscribe(['orders'])
    while (node.heard.resumes === 0) {
      await clock.advance(50)
      await on.control.ping()
    }
    await again

    await clock.advance(3_000)
    await first
    const told = await (await start()).broker.publish('orders', '1')

    expect(told.nodes).toBe(1)
    await proxy[Symbol.asyncDispose]()
  })
})
