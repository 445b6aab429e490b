/** What one process publishes at once keeps its order, also where Redis has to learn the script first. */
import { connect, createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { Nodes, redisAt, RULE } from './push-support.ts'
import { describeOnRedis } from './support.ts'

describeOnRedis('publications of one process', (on) => {
  const nodes = new Nodes()
  afterEach(async () => {
    await nodes.close()
    await on.control.flushall()
  })

  it('keep their order while Redis knows no script, however late it says so', async () => {
    await on.control.script('FLUSH')
    const line = await startHeldLine(on.server.port)
    const node = nodes.make(redisAt(line.port))
    await node.client.ping()
    const publish = async (data: string) => await node.broker.publish('orders', data, { history: RULE })

    line.hold()
    const sent = [publish('1'), publish('2')]
    await line.answers(2)
    // The first answer comes alone: Redis knows no such script, and is told it.
    line.pass()
    await line.answers(2)
    sent.push(publish('3'))
    line.release()
    await Promise.all(sent)

    const { publications } = await node.broker.history('orders', { limit: 10, rule: RULE })
    expect(publications.map(({ data }) => data)).toEqual(['1', '2', '3'])
    await nodes.close()
    line.close()
  })
})

/** A line on which the answers of Redis can be held back, and let through one at a time. */
async function startHeldLine(target: number) {
  let isHeld = false
  let held: string[] = []
  let far: (text: string) => unknown = () => undefined
  const waiting = new Set<() => void>()
  const server = createServer((near) => {
    const upstream = connect(target, '127.0.0.1')
    near.pipe(upstream)
    far = (text) => near.write(text)
    upstream.on('data', (chunk) => {
      if (!isHeld) return void near.write(chunk)
      held.push(...chunk.toString().split(/(?<=\r\n)/))
      for (const wake of waiting) wake()
    })
    near.on('close', () => upstream.destroy())
    for (const socket of [near, upstream]) socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    hold: () => void (isHeld = true),
    answers: async (count: number) => {
      while (held.length < count) await new Promise<void>((resolve) => waiting.add(resolve))
    },
    pass: () => far(held.shift() ?? ''),
    release: () => {
      isHeld = false
      for (const text of held.splice(0)) far(text)
      held = []
    },
    close: () => server.close(),
  }
}
