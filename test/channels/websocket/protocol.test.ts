import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectFakeDevice } from '../../../src/channels/websocket/fake.ts'
import { parseCommand } from '../../../src/channels/websocket/protocol.ts'
import { startHub } from './support/hub.ts'
import { command, frame, TEXT, upgrade } from './support/raw-peer.ts'

const nested = `{"id":2,"subscribe":{"channel":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`

describe('a client that breaks the protocol is closed for good with 3501', () => {
  it.each<[string, string]>([
    ['text that is not JSON', '{'],
    ['an array', '[]'],
    ['a number', '7'],
    ['nothing', ''],
    ['two commands in one', '{"id":2,"subscribe":{"channel":"a"},"unsubscribe":{"channel":"a"}}'],
    ['a command without an id', '{"subscribe":{"channel":"a"}}'],
    ['an id that is a string', '{"id":"2","subscribe":{"channel":"a"}}'],
    ['an id that is negative', '{"id":-1,"subscribe":{"channel":"a"}}'],
    ['an id above 32 bits', '{"id":4294967296,"subscribe":{"channel":"a"}}'],
    ['an id and nothing else', '{"id":2}'],
    ['a second connect', '{"id":2,"connect":{}}'],
  ])('%s', async (_wrong, text) => {
    await using hub = await startHub()
    const token = hub.driver.issueToken({ user: '1001' })
    const peer = await upgrade(hub.port, { frames: [command(1, 'connect', { token })] })

    peer.send(frame(TEXT, text))

    expect(await peer.closeCode).toBe(3501)
    peer.socket.destroy()
  })

  it.each<[string, Buffer]>([
    ['a command before connect', command(1, 'subscribe', { channel: 'a' })],
    ['a connect whose token is no text', command(1, 'connect', { token: 7 })],
    ['a connect that is no object', frame(TEXT, '{"id":1,"connect":[]}')],
    ['a binary frame', frame(2, '{"id":1,"connect":{}}')],
    ['more than 8 KiB before its token was seen', command(1, 'connect', { data: 'x'.repeat(8_192) })],
  ])('%s', async (_wrong, bytes) => {
    await using hub = await startHub()

    const peer = await upgrade(hub.port, { frames: [bytes] })

    expect(await peer.closeCode).toBe(3501)
    peer.socket.destroy()
  })
})

describe('a command that is not carried out gets its error, and the connection stays', () => {
  it.each<[string, object, number]>([
    ['history', { channel: '@all', limit: 1 }, 108],
    ['history', { channel: '#2002', limit: 1 }, 103],
    ['history', { channel: 'orders', limit: 1 }, 103],
    ['history', { limit: 1 }, 107],
    ['history', { channel: '#1001', limit: -1 }, 107],
    ['history', { channel: '#1001', limit: '1' }, 107],
    ['history', { channel: '#1001', limit: 1, since: 7 }, 107],
    ['history', { channel: '#1001', limit: 1, reverse: 1 }, 107],
    ['history', { channel: '#1001', limit: 1, since: { offset: 5, epoch: 'gone' } }, 112],
    ['presence', { channel: '#1001' }, 108],
    ['presence', { channel: 'orders' }, 103],
    ['presence', {}, 107],
    ['presence_stats', { channel: '#1001' }, 108],
    ['presence_stats', { channel: '#2002' }, 103],
    ['refresh', {}, 107],
    ['refresh', { token: 7 }, 107],
    ['sub_refresh', { channel: 'a', token: 'x' }, 103],
    ['sub_refresh', { channel: 'a' }, 107],
    ['sub_refresh', { token: 'x' }, 107],
    ['rpc', { method: 'ack', data: {} }, 107],
    ['rpc', { method: 'ack', data: [['#1001']] }, 107],
    ['rpc', { method: 'ack', data: [['#1001', -1, 'e']] }, 107],
    ['rpc', { method: 'ack', data: [[7, 1, 'e']] }, 107],
    ['rpc', { method: 'ack', data: Array.from({ length: 257 }, () => ['#1001', 1, 'e']) }, 107],
    ['rpc', { method: 'seen', data: [['#1001', 1, 'e']] }, 107],
    ['rpc', { method: 'clicked', data: [['#1001', 1, 'e', 'x'.repeat(129)]] }, 107],
    ['rpc', { method: 'anything' }, 108],
    ['rpc', { method: 7 }, 107],
    ['rpc', {}, 107],
    ['publish', { channel: 'a', data: {} }, 103],
    ['fly', {}, 104],
    ['__proto__', {}, 104],
    ['constructor', {}, 104],
    ['subscribe', {}, 107],
    ['subscribe', { channel: 7 }, 107],
    ['subscribe', { channel: '' }, 107],
    ['subscribe', { channel: 'x'.repeat(256) }, 107],
    ['subscribe', { channel: 'two words' }, 103],
    ['subscribe', { channel: '#2002' }, 103],
    ['subscribe', { channel: '@others' }, 103],
    ['subscribe', { channel: 'orders' }, 103],
    ['unsubscribe', {}, 107],
  ])('%s %o', async (method, params, code) => {
    await using hub = await startHub()
    const device = await hub.join('1001')

    await expect(device.command(method, params)).rejects.toMatchObject({ code })

    await device.settled()
    expect(hub.driver.connections).toBe(1)
  })

  it('does not answer a send, which expects none', async () => {
    await using hub = await startHub()
    const token = hub.driver.issueToken({ user: '1001' })
    const peer = await upgrade(hub.port, { frames: [command(1, 'connect', { token })] })

    peer.send(frame(TEXT, '{"send":{"data":{}}}\n{"id":2,"unsubscribe":{"channel":"a"}}\n'))

    const replies = (await peer.received(2)).map(({ payload }) => JSON.parse(payload.toString()) as object)
    expect(replies[1]).toEqual({ id: 2, unsubscribe: {} })
    peer.socket.destroy()
  })

  it('answers both of two commands with one id', async () => {
    await using hub = await startHub()
    const token = hub.driver.issueToken({ user: '1001' })
    const peer = await upgrade(hub.port, { frames: [command(1, 'connect', { token })] })

    peer.send(command(2, 'unsubscribe', { channel: 'a' }), command(2, 'history', { channel: 'a', limit: 1 }))

    const replies = (await peer.received(3)).map(({ payload }) => JSON.parse(payload.toString()) as object)
    expect(replies.slice(1)).toMatchObject([
      { id: 2, unsubscribe: {} },
      { id: 2, error: { code: 103 } },
    ])
    peer.socket.destroy()
  })

  it('refuses a topic that is nested 5,000 levels deep', async () => {
    await using hub = await startHub()
    const token = hub.driver.issueToken({ user: '1001' })
    const peer = await upgrade(hub.port, { frames: [command(1, 'connect', { token })] })

    peer.send(frame(TEXT, nested))

    const [, reply] = await peer.received(2)
    expect(JSON.parse(String(reply?.payload))).toMatchObject({ id: 2, error: { code: 107 } })
    peer.socket.destroy()
  })
})

describe('subscriptions', () => {
  it('come to a client that asks for its own channel and for those of its token', async () => {
    await using hub = await startHub()
    const device = await hub.join('1001', ['orders'])

    expect(device.channels).toEqual(['#1001', '@all', 'orders'])
    await device.subscribe('#1001')
    await device.subscribe('orders')
    await hub.notify.send('push', { to: { topic: 'orders' }, title: 'Once' })

    expect(await device.received(1)).toHaveLength(1)
    await device.settled()
    expect(device.publications).toHaveLength(1)
  })

  it('made by the server are not undone by the client', async () => {
    await using hub = await startHub()
    const device = await hub.join('1001')

    await device.unsubscribe('#1001')

    expect(await hub.notify.send('push', { to: { user: '1001' }, title: 'Hi' })).toMatchObject({
      status: 'sent',
    })
  })

  it('are refused the second time', async () => {
    await using hub = await startHub({ authorizeChannel: () => true })
    const device = await hub.join('1001')
    await device.subscribe('news')

    await expect(device.subscribe('news')).rejects.toMatchObject({ code: 105 })
  })

  it('ask the caller’s hook, and anything but true is a no', async () => {
    const asked: unknown[] = []
    await using hub = await startHub({
      authorizeChannel: (request) => {
        asked.push(request)
        return (request.channel === 'news' ? true : 'yes') as boolean
      },
    })
    const device = await hub.join('1001')

    await device.subscribe('news', { data: { from: 'home' } })
    await expect(device.subscribe('secret')).rejects.toMatchObject({ code: 103 })

    expect(asked).toEqual([
      { user: '1001', channel: 'news', data: { from: 'home' } },
      { user: '1001', channel: 'secret', data: undefined },
    ])
  })

  it('never reach another user’s channel or the server’s own, whatever the hook would say', async () => {
    const asked: unknown[] = []
    await using hub = await startHub({ authorizeChannel: (request) => asked.push(request) > 0 })
    const device = await hub.join('1001')

    for (const channel of ['#2002', '@others', 'two words', '名前']) {
      await expect(device.subscribe(channel)).rejects.toMatchObject({ code: 103 })
    }

    expect(asked).toEqual([])
  })

  it('are gone with the connection', async () => {
    await using hub = await startHub({ authorizeChannel: () => true })
    const device = await hub.join('1001')
    await device.subscribe('news')

    await device.close()

    await expect.poll(() => hub.driver.connections).toBe(0)
    const result = await hub.notify.send('push', { to: { topic: 'news' }, title: 'Hi' })
    expect(result).toMatchObject({ status: 'failed', error: { code: 'RECIPIENT_OFFLINE' } })
  })
})

const methods = [
  'connect',
  'subscribe',
  'unsubscribe',
  'history',
  'rpc',
  'send',
  'publish',
  '__proto__',
  'id',
  'x',
]
const field = fc.oneof(
  fc.constantFrom('channel', 'token', 'data', 'recover', 'subs', '__proto__'),
  fc.string(),
)
const anyCommand = fc
  .record({
    id: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.jsonValue()),
    method: fc.constantFrom(...methods),
    params: fc.oneof(fc.dictionary(field, fc.jsonValue()), fc.jsonValue()),
  })
  .map(
    ({ id, method, params }) =>
      `{"id":${JSON.stringify(id)},${JSON.stringify(method)}:${JSON.stringify(params)}}`,
  )
const anyText = fc.oneof(
  anyCommand,
  fc.string(),
  fc.json(),
  fc.string().map((text) => `{"id":1,${text}`),
)

describe('any text at all', () => {
  it('is a command, a pong or a bad request, and never an exception', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const read = parseCommand(text)
        if (typeof read !== 'object') return
        expect(read.id).toBeGreaterThanOrEqual(0)
        expect(typeof read.method).toBe('string')
      }),
      { numRuns: 5_000 },
    )
  })

  it('sent by a client with a good token leaves the hub serving everybody else', async () => {
    const reported: unknown[] = []
    await using hub = await startHub({
      commandsPerSecond: 1_000_000,
      commandBurst: 1_000_000,
      maxConnectionsPerUser: 10_000,
      maxConnectionsPerIp: 10_000,
      authorizeChannel: ({ channel }) => channel.length % 2 === 0,
      onError: (error) => reported.push(error),
    })
    const healthy = await hub.join('1001')
    const token = hub.driver.issueToken({ user: '2002' })
    let device = await connectFakeDevice(hub.url, { token })

    await fc.assert(
      fc.asyncProperty(fc.array(anyText, { minLength: 1, maxLength: 5 }), async (texts) => {
        const peer = await upgrade(hub.port, { frames: [command(1, 'connect', { token })] })
        peer.send(...texts.map((text) => frame(TEXT, text)), frame(8, Buffer.from([0x03, 0xe8])))
        await peer.closeCode
        peer.socket.destroy()
      }),
      { numRuns: 400 },
    )

    await device.settled()
    await device.close()
    device = await connectFakeDevice(hub.url, { token })
    await hub.notify.send('push', { to: { user: '1001' }, title: 'Still here' })
    expect(await healthy.received(1)).toHaveLength(1)
    expect(reported).toEqual([])
    await device.close()
  })
})
