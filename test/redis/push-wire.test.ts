/** What comes over pub/sub is read exactly, and what is none of ours harms nobody. */
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { PublicationKind } from '../../src/core/push-broker.ts'
import { acknowledgementOf, controlOf, headOf, publicationOf } from '../../src/redis/push-wire.ts'
import { Nodes, redisAt } from './push-support.ts'
import { describeOnRedis } from './support.ts'

const kinds: PublicationKind[] = ['pub', 'join', 'leave']
const anyText = fc.string({ unit: 'binary' })
const positions = fc.record({
  offset: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  epoch: fc.stringMatching(/^[\w-]{1,32}$/),
})
/** Ours, with something changed, or nothing like it. */
const foreign = fc.oneof(
  anyText,
  fc
    .tuple(
      fc.constantFrom('', '1', '2', '01'),
      fc.array(fc.oneof(anyText, fc.nat().map(String), fc.constantFrom('pub', ''))),
    )
    .map(([version, parts]) => [version, ...parts].join(':')),
)

describe('a message over pub/sub', () => {
  it('is read as it was written, whatever its parts hold', () => {
    const publications = fc.record(
      {
        kind: fc.constantFrom(...kinds),
        data: fc.string({ unit: 'binary', minLength: 1 }),
        position: positions,
        meta: anyText,
      },
      { requiredKeys: ['kind', 'data'] },
    )
    fc.assert(
      fc.property(publications, ({ kind, data, position, meta }) => {
        const start = position ? `1:${position.offset}:${position.epoch}` : '1::'

        const read = publicationOf('c', `${start}:${headOf(kind, meta)}${data}`)

        expect(read).toEqual({
          channel: 'c',
          kind,
          data,
          ...(position && { position }),
          ...(meta !== undefined && { meta }),
        })
      }),
    )
    fc.assert(
      fc.property(positions, anyText, (position, device) => {
        const read = acknowledgementOf('c', `1:${position.offset}:${position.epoch}:${device}`)

        expect(read).toEqual({ channel: 'c', device, position })
      }),
    )
  })

  it('that is none of ours is refused or makes sense, and nothing is thrown', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        const publication = publicationOf('c', text)
        const acknowledgement = acknowledgementOf('c', text)

        expect(controlOf(text) === undefined).toBe(!text.startsWith('1:'))
        if (publication) expect(kinds).toContain(publication.kind)
        for (const position of [publication?.position, acknowledgement?.position]) {
          if (position) expect(Number.isSafeInteger(position.offset) && position.epoch.length > 0).toBe(true)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['', 'nothing'],
    ['2:1:a:pub::x', 'another version'],
    ['1:1:a:pub:9:x', 'a length beyond the end'],
    ['1:1:a:pub::', 'no data'],
    ['1:1:a:gone::x', 'another kind'],
    ['1:1:a:constructor::x', 'another kind'],
    ['1:1::pub::x', 'an offset without an epoch'],
    ['1::a:pub::x', 'an epoch without an offset'],
    ['1:-1:a:pub::x', 'an offset below 0'],
    ['1:9999999999999999:a:pub::x', 'an offset beyond what a number holds'],
    ['1:1e3:a:pub::x', 'an offset that is no number'],
  ])('such as %j is refused: %s', (text) => {
    expect(publicationOf('c', text)).toBeUndefined()
  })
})

describeOnRedis('what others publish in our channels', (on) => {
  const nodes = new Nodes()
  afterEach(() => nodes.close())

  it('is told as a failure, and what comes after it is heard', async () => {
    const node = await nodes.start(redisAt(on.server.port))
    await node.broker.subscribe(['orders'])
    await node.broker.watch('orders')
    const channels = (await on.control.call('PUBSUB', 'CHANNELS', '*')) as string[]
    const junk = [
      Buffer.from([0, 255, 254, 13, 10]),
      Buffer.from(''),
      Buffer.from('1:x'),
      Buffer.alloc(1_000_000, 'a'),
    ]

    for (const channel of channels) for (const bytes of junk) await on.control.publish(channel, bytes)
    await node.broker.publish('orders', '1')
    await node.heard.untilData('orders', '1')

    expect(channels).toHaveLength(4)
    expect(node.heard.publications).toEqual([{ channel: 'orders', kind: 'pub', data: '1' }])
    expect(node.heard.acknowledgements).toEqual([])
    // To both control channels '1:x' is a message.
    expect(node.heard.controls).toEqual(['x', 'x'])
    expect(node.heard.failures).toHaveLength(4 * 4 - 2)
    expect(String(node.heard.failures[0])).toBe('NotifyError: Redis told of what cannot be read')
  })

  it('and what a node throws over it is told as a failure too, and ends nothing', async () => {
    const node = nodes.make(redisAt(on.server.port))
    const failures: unknown[] = []
    const heard: string[] = []
    const throwing = {
      publication: ({ data }: { data: string }) => {
        if (data === '1') throw new Error('oops')
        heard.push(data)
        node.heard.resumed()
        return 1
      },
      acknowledged: () => undefined,
      control: () => undefined,
      resumed: () => undefined,
      failed: (error: unknown) => void failures.push(error),
    }
    await node.broker.start('one', throwing)
    await node.broker.subscribe(['orders'])
    await node.broker.publish('orders', '1')
    await node.broker.publish('orders', '2')

    await node.heard.until(() => heard.length === 1)

    expect(failures).toEqual([
      expect.objectContaining({ code: 'DRIVER_FAILED', message: 'A message could not be handled' }),
    ])
  })
})
