/** What the caller's own functions throw may name a recipient: a result says where it was thrown, not its text. */
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createNotify, memorySuppressions, type NotifyOptions, type SendResult } from '../../src/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

const TO = '+8613800138000'
const ONE = [{ limit: 1, perMs: 1_000 }]

type Options = Partial<NotifyOptions<{ memory: MemoryNotifier }>>

const complain = (): never => {
  throw new Error(`no region for ${TO}`)
}

const limits = (recipient: object) => ({
  limits: { providers: { memory: { recipient: { rates: ONE, ...recipient } } } },
})

function causeOf(result: SendResult): Error {
  const cause = result.status === 'failed' ? result.error.cause : undefined
  return cause instanceof Error ? cause : new Error('none')
}

describe('a function of the caller that throws ends the send, and its text is withheld', () => {
  it.each<readonly [string, Options, boolean]>([
    ['`by` of a limit', limits({ by: complain }), false],
    ['`recipients` at a limit', limits({}), true],
    ['`recipients` at the guard', { guard: { allow: ['*'] } }, true],
    ['`recipients` at the suppression store', { suppression: memorySuppressions() }, true],
  ])('%s', async (_, options, isNameless) => {
    const memory = new MemoryNotifier()
    if (isNameless) memory.recipients = complain
    const notify = createNotify({ channels: { memory }, ...options })

    const result = await notify.send('memory', { to: TO })

    expect(result).toMatchObject({ attempts: [], error: { code: 'DRIVER_FAILED', delivery: 'not_sent' } })
    expect(inspect(result, { depth: 9, showHidden: true })).not.toContain('13800138000')
    expect(causeOf(result).message).toContain('withheld')
    expect(causeOf(result).stack).toMatch(/quiet-failures\.test\.ts:\d+/)
    expect(memory.sent).toEqual([])
  })
})

describe('a channel that there is not', () => {
  it.each([TO, 'ann@example.com', '李雷', 'x'.repeat(41), '', 'a b', '9f3a4b'])(
    'is not quoted where an address stands in its place: %j',
    async (channel) => {
      const notify = createNotify({ channels: { memory: new MemoryNotifier() } })

      const result = await notify.send(channel as 'memory', { to: 'a' })

      expect(result).toMatchObject({ status: 'failed', error: { code: 'UNKNOWN_CHANNEL' } })
      const text = result.status === 'failed' ? result.error.message : ''
      expect(text).toBe('No channel is named what was given, a value of type string; there are: memory')
    },
  )

  it('is named where it looks like a channel', async () => {
    const notify = createNotify({ channels: { memory: new MemoryNotifier() } })

    const result = await notify.send('memroy' as 'memory', { to: 'a' })

    expect(result).toMatchObject({ error: { message: 'No channel is named "memroy"; there are: memory' } })
  })
})
