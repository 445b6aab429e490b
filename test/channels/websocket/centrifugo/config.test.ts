import { describe, expect, it } from 'vitest'
import { centrifugo } from '../../../../src/channels/websocket/centrifugo/centrifugo.ts'
import { NotifyError } from '../../../../src/index.ts'
import { errorOf, startBench, USER } from './bench.ts'

const right = { endpoint: 'https://push.example.com', apiKey: 'the-secret-key' }

function refusalOf(config: object): NotifyError {
  try {
    centrifugo(config as typeof right)
  } catch (error) {
    if (NotifyError.isNotifyError(error)) return error
  }
  throw new Error('it was not refused')
}

describe('the configuration', () => {
  it.each([
    ['endpoint', 'push.example.com'],
    ['endpoint', 'ftp://push.example.com'],
    ['endpoint', 'https://user:pass@push.example.com'],
    ['endpoint', 'https://push.example.com/?api_key=1'],
    ['endpoint', 'http://push.example.com'],
    ['apiKey', ''],
    ['apiKey', 'two words'],
    ['apiKey', 'line\r\nbreak'],
    ['apiPath', 'api'],
    ['apiPath', '/api/'],
    ['userChannel', 'personal:#'],
    ['allChannel', ''],
    ['allChannel', 'x'.repeat(256)],
    ['checkPresence', 'yes'],
    ['maxOutboundBytes', 1],
    ['maxSockets', 0],
  ])('is refused where %s is %j', (field, value) => {
    const error = refusalOf({ ...right, [field]: value })

    expect(error.code).toBe('INVALID_CONFIG')
    expect(error.issues?.map(({ path }) => path)).toEqual([field])
  })

  it('is told of everything that is wrong at once, without a secret', () => {
    const error = refusalOf({ endpoint: 'nowhere', apiKey: 'the secret key', apikey: 'x' })

    expect(error.message).toMatch(/endpoint: .*; apiKey: .*apikey/)
    expect(error.message).not.toContain('the secret key')
  })

  it.each([
    ['https', { endpoint: 'https://push.example.com/centrifugo' }],
    ['http on loopback', { endpoint: 'http://127.0.0.1:8000' }],
    ['http where it is allowed', { endpoint: 'http://centrifugo:8000', allowHttp: true }],
  ])('may name an endpoint of %s', (_, config) => {
    expect(centrifugo({ ...right, ...config }).provider).toBe('centrifugo')
  })

  it('says that Centrifugo deduplicates, unless its broker does not', () => {
    expect(centrifugo(right).deduplicates).toBe(true)
    expect(centrifugo({ ...right, deduplicates: false }).deduplicates).toBe(false)
  })

  it('shows no key when the driver is printed', async () => {
    const { inspect } = await import('node:util')

    expect(inspect(centrifugo(right), { depth: 9, showHidden: true })).not.toContain('the-secret-key')
    expect(JSON.stringify(centrifugo(right))).not.toContain('the-secret-key')
  })
})

describe('userChannel', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error(`no channel for ${USER}`)
      },
    ],
    ['returns nothing', () => undefined as never],
    ['returns what is too long', (user: string) => `${user}${'x'.repeat(255)}`],
    ['returns what has spaces', () => 'two words'],
  ] as const)('that %s is named, and nothing is sent', async (_, userChannel) => {
    await using bench = await startBench({ config: { userChannel } })

    const error = errorOf(await bench.send())

    expect(error).toMatchObject({
      code: 'INVALID_CONFIG',
      delivery: 'not_sent',
      provider: { code: 'user_channel' },
    })
    expect(error.message).toContain('userChannel')
    expect(bench.fake.calls).toEqual([])
  })

  it.each(['1001,1002', '1001#1002'])(
    'that limits a channel to a user is given no user %s, whose messages others could read',
    async (user) => {
      await using bench = await startBench({ config: { userChannel: (id) => `personal:of#${id}` } })

      const error = errorOf(await bench.send({ to: { user } }))

      expect(error.issues?.map(({ path }) => path)).toEqual(['to.user'])
    },
  )

  it('without a # may be given a user whose id has a comma', async () => {
    await using bench = await startBench({ config: { userChannel: (id) => `user-${id}` } })

    await bench.send({ to: { user: '1001,1002' } })

    expect(bench.fake.accepted[0]?.channel).toBe('user-1001,1002')
  })
})
