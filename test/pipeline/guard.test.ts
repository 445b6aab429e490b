import { describe, expect, it } from 'vitest'
import { createNotify, failover, Notifier, NotifyError, type GuardOptions } from '../../src/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

function guarded(guard: GuardOptions) {
  const memory = new MemoryNotifier()
  return { memory, notify: createNotify({ channels: { memory }, guard }) }
}

/** Its `to` may name several, with spaces between. */
class ToSeveral extends MemoryNotifier {
  override recipients({ to }: { to: string }): readonly string[] {
    return to.split(' ')
  }
}

describe('with a guard', () => {
  it.each<readonly [string, string | RegExp]>([
    ['the address itself', 'dev@example.com'],
    ['the address in other case', 'Dev@Example.COM'],
    ['a pattern', '*@example.com'],
    ['a regular expression', /@example\.com$/],
    ['a regular expression that remembers where it was', /@example\.com$/g],
  ])('a message goes to who is allowed by %s', async (_, allowed) => {
    const { memory, notify } = guarded({ allow: [allowed] })

    const results = [
      await notify.send('memory', { to: 'dev@example.com' }),
      await notify.send('memory', { to: 'dev@example.com' }),
    ]

    expect(results.map(({ status }) => status)).toEqual(['sent', 'sent'])
    expect(memory.sent).toHaveLength(2)
  })

  it.each(['customer@gmail.com', 'dev@example.com.evil.org', 'xdev@example.com\n', 'devxexample.com'])(
    'a message to %j is skipped, and no driver is asked',
    async (to) => {
      const { memory, notify } = guarded({ allow: ['dev@example.com', '*dev@example.co'] })

      const result = await notify.send('memory', { to })

      expect(result).toMatchObject({ status: 'skipped', reason: 'guard', attempts: [] })
      expect(memory.sent).toEqual([])
    },
  )

  it.each([
    ['tasks@example.com', 'ta\u017fks@example.com'],
    ['kim@example.com', '\u212aim@example.com'],
  ])('allowing %s lets nothing go to %s, whose letter only looks like it', async (allowed, to) => {
    const { memory, notify } = guarded({ allow: [allowed] })

    const result = await notify.send('memory', { to })

    expect(result).toMatchObject({ status: 'skipped', reason: 'guard' })
    expect(memory.sent).toEqual([])
  })

  it('a message for several goes out only where all of them are allowed', async () => {
    const memory = new ToSeveral()
    const notify = createNotify({ channels: { memory }, guard: { allow: ['a', 'b'] } })

    const results = [
      await notify.send('memory', { to: 'a b' }),
      await notify.send('memory', { to: 'a customer' }),
    ]

    expect(results).toMatchObject([{ status: 'sent' }, { status: 'skipped', reason: 'guard' }])
    expect(memory.sent).toHaveLength(1)
  })

  it.each([
    ['alone', (nobody: MemoryNotifier) => nobody],
    ['first of two providers', (nobody: MemoryNotifier) => failover(nobody, new MemoryNotifier())],
    ['second of two providers', (nobody: MemoryNotifier) => failover(new MemoryNotifier(), nobody)],
    ['within others', (nobody: MemoryNotifier) => failover(failover(new MemoryNotifier(), nobody))],
  ])('a message of which a driver names no recipient is held back (%s)', async (_, channelOf) => {
    const nobody = new MemoryNotifier()
    nobody.recipients = () => []
    const notify = createNotify({ channels: { memory: channelOf(nobody) }, guard: { allow: ['*'] } })

    const result = await notify.send('memory', { to: 'a' })

    expect(result).toMatchObject({ status: 'skipped', reason: 'guard', attempts: [] })
  })

  it('nobody is sent to where nobody is allowed', async () => {
    const { memory, notify } = guarded({})

    const result = await notify.send('memory', { to: 'anyone' })

    expect(result.status).toBe('skipped')
    expect(memory.sent).toEqual([])
  })

  it('what is for others goes to the address named for the channel, and the result says so', async () => {
    const { memory, notify } = guarded({ redirectTo: { memory: 'dev' } })

    const result = await notify.send('memory', { to: 'customer', text: 'your receipt' })

    expect(result).toMatchObject({ status: 'sent', redirected: true })
    expect(memory.sent).toEqual([{ to: 'dev', text: 'your receipt' }])
  })

  it('what is for others can be refused instead', async () => {
    const { memory, notify } = guarded({ otherwise: 'refuse' })

    const result = await notify.send('memory', { to: 'customer' })

    expect(result).toMatchObject({
      status: 'failed',
      attempts: [],
      error: { code: 'RECIPIENT_REJECTED', delivery: 'not_sent' },
    })
    expect(memory.sent).toEqual([])
  })

  it('every provider behind a channel is guarded', async () => {
    const members = [new MemoryNotifier(), new MemoryNotifier()] as const
    const guard = { redirectTo: { memory: 'dev' } }
    const notify = createNotify({ channels: { memory: failover(...members) }, guard })

    await notify.send('memory', { to: 'customer' })

    expect(members.flatMap(({ sent }) => sent)).toMatchObject([{ to: 'dev' }])
  })

  it('sendMany tells of each skipped message', async () => {
    const { notify } = guarded({ allow: ['a'] })
    const statuses: string[] = []

    for await (const { status } of notify.sendMany('memory', [{ to: 'a' }, { to: 'b' }]))
      statuses.push(status)

    expect(statuses.sort()).toEqual(['sent', 'skipped'])
  })

  it('a skipped message does not use up its idempotency key', async () => {
    const { notify } = guarded({ allow: ['a'] })
    const options = { idempotencyKey: 'k' }

    const results = [
      await notify.send('memory', { to: 'b' }, options),
      await notify.send('memory', { to: 'a' }, options),
    ]

    expect(results.map(({ status }) => status)).toEqual(['skipped', 'sent'])
  })

  it('a driver that does not name its recipients is refused at the start', () => {
    class Nameless extends Notifier<object> {
      readonly provider = 'nameless'
      protected readonly schema = {
        '~standard': {
          version: 1,
          vendor: 'test',
          validate: (value: unknown) => ({ value: value as object }),
        },
      } as const
      protected deliver = () => Promise.resolve({ providerId: '1' })
      protected toError = (cause: unknown) => new NotifyError('DRIVER_FAILED', 'no', { cause })
    }

    expect(() => createNotify({ channels: { odd: new Nameless() }, guard: {} })).toThrow(
      expect.objectContaining({
        issues: [{ path: 'channels.odd', message: expect.stringContaining('cannot be guarded') as string }],
      }),
    )
  })

  it('wrong rules are refused at the start, all at once', () => {
    const guard = { allow: 'dev', redirectTo: { sms: '+8613800138000' }, otherwise: 'drop' } as never

    expect(() => createNotify({ channels: { memory: new MemoryNotifier() }, guard })).toThrow(
      expect.objectContaining({
        issues: [
          { path: 'guard.allow', message: expect.any(String) as string },
          { path: 'guard.redirectTo', message: expect.stringContaining('"sms"') as string },
          { path: 'guard.otherwise', message: expect.any(String) as string },
        ],
      }),
    )
  })
})
