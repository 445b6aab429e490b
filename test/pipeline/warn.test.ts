/** Warnings of the process say what failed and where, and quote nothing that a store or a hook threw. */
import { describe, expect, it } from 'vitest'
import {
  createNotify,
  NotifyError,
  type LimitStore,
  type NotifyOptions,
  type SuppressionStore,
  type Tracer,
} from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { AccountLimit } from '../../src/pipeline/account-limit.ts'
import { RecipientLimit } from '../../src/pipeline/recipient-limit.ts'
import { warn } from '../../src/pipeline/warn.ts'
import { Delivery } from '../../src/core/delivery.ts'
import { MemoryKeys } from '../support/memory-keys.ts'
import { accept, Carrier, ONE_PER_MINUTE, refuse, type Answer } from './carrier.ts'
import { warningsDuring } from './warnings.ts'

const TO = '+8613800138000'
const KEY = `welcome-${TO}`

/** As a database complains of a row. */
const complaint = () =>
  Object.assign(new Error(`Duplicate entry '${TO}' for key 'k'`), { code: 'ER_DUP_ENTRY' })
const rejecting = () => Promise.reject(complaint())
const throwing = (): never => {
  throw complaint()
}

const INVALID = refuse('RECIPIENT_REJECTED', { reason: 'invalid' })
const limitsOf = (store: LimitStore) => ({
  limits: { store, providers: { memory: { recipient: ONE_PER_MINUTE } } },
})
const brokenLimits: LimitStore = { take: rejecting, giveBack: rejecting, pause: rejecting }
const brokenSuppressions: SuppressionStore = { find: rejecting, add: rejecting, remove: rejecting }
const brokenKeys = (method: 'settle' | 'release') => {
  const store = new MemoryKeys(new FakeClock())
  store[method] = rejecting
  return { idempotency: { store } }
}
const brokenTracer = { send: throwing, attempt: throwing } as unknown as Tracer

type Options = Partial<NotifyOptions<{ memory: Carrier }>>

const CODE = '(Error ER_DUP_ENTRY)'
/** The store’s own failure is the cause of an error of ours. */
const LOST = 'The idempotency store failed; other processes take this delivery for lost (Error ER_DUP_ENTRY)'

describe.each<readonly [string, Options, Answer, string]>([
  [
    'limits',
    limitsOf(brokenLimits),
    accept,
    `The limit store failed; this process counts for itself meanwhile ${CODE}`,
  ],
  [
    'limits that takes nothing back',
    limitsOf({ ...brokenLimits, take: () => ({ ticket: '1' }) }),
    INVALID,
    `The limit store failed; this process counts for itself meanwhile ${CODE}`,
  ],
  ['keys that cannot settle', brokenKeys('settle'), accept, LOST],
  ['keys that cannot release', brokenKeys('release'), INVALID, LOST],
  [
    'suppressions that cannot find',
    { suppression: brokenSuppressions },
    accept,
    `The suppression store failed; the message is sent ${CODE}`,
  ],
  [
    'suppressions that cannot add',
    { suppression: { ...brokenSuppressions, find: () => undefined } },
    INVALID,
    `The suppression store failed; a dead address is not remembered ${CODE}`,
  ],
  [
    'a hook that throws',
    { hooks: { onAddressInvalid: throwing } },
    INVALID,
    `hooks.onAddressInvalid threw ${CODE}`,
  ],
  [
    'a hook that rejects',
    { hooks: { onAddressInvalid: rejecting } },
    INVALID,
    `hooks.onAddressInvalid rejected ${CODE}`,
  ],
  ['an event hook', { hooks: { onEvent: throwing } }, accept, `hooks.onEvent threw ${CODE}`],
  ['a tracer', { tracer: brokenTracer }, accept, `The tracer failed ${CODE}`],
])('a warning of %s', (_, options, answer, text) => {
  it('names the failure by its code, says where it was thrown, and quotes no recipient', async () => {
    const memory = new Carrier(answer)
    const notify = createNotify({ channels: { memory }, ...options })

    const warnings = await warningsDuring(() => notify.send('memory', { to: TO }, { idempotencyKey: KEY }))

    const [first] = warnings
    expect(new Set(warnings.map(({ message }) => message))).toEqual(new Set([text]))
    expect(first?.detail).toMatch(/(warn\.test|shared-keys)\.ts:\d+/)
    const told = warnings.map(({ message, detail, stack }) => `${message}${detail}${stack}`).join('')
    expect(told).not.toContain('13800138000')
  })
})

/** Its own count would not fail: these stages are asked with a store that does. */
describe('a stage whose store takes no place back warns without quoting it', () => {
  const clock = new FakeClock()
  const store: LimitStore = { take: () => ({ ticket: '1' }), giveBack: rejecting, pause: throwing }
  const init = { key: 'k', store, clock, emit: undefined }
  const delivery = () =>
    new Delivery({
      ...{ id: '1', channel: 'memory', message: { to: TO, text: 'hi' } },
      ...{ deadlineMs: 1_000, attemptTimeoutMs: 1_000 },
    })

  it('for an account', async () => {
    const limit = new AccountLimit({ ...init, provider: 'memory', rates: [{ limit: 1, perMs: 1 }] })

    const warnings = await warningsDuring(async () => limit.giveBack(await limit.enter(delivery())))

    expect(warnings.map(({ message }) => message)).toEqual(['The limit store failed (Error ER_DUP_ENTRY)'])
  })

  it('for a recipient', async () => {
    const stage = new RecipientLimit({ ...init, notifier: new Carrier(), limits: [ONE_PER_MINUTE] })
    const run = stage.admission(() => refuse('CONTENT_REJECTED')(1, undefined as never) as Promise<never>)

    const warnings = await warningsDuring(() => Promise.resolve(run(delivery())).catch(() => undefined))

    expect(warnings.map(({ message }) => message)).toEqual([
      'The limit store failed; a place stays taken until it runs out (Error ER_DUP_ENTRY)',
    ])
  })
})

it('a warning of onProgress quotes nothing either', async () => {
  const notify = createNotify({ channels: { memory: new Carrier() } })

  const warnings = await warningsDuring(async () => {
    for await (const result of notify.sendMany('memory', [{ to: TO }], { onProgress: throwing })) void result
  })

  expect(warnings.map(({ message }) => message)).toEqual(['onProgress threw (Error ER_DUP_ENTRY)'])
})

describe('an error that cannot be read changes nothing of a send', () => {
  const unreadable = (property: string) =>
    Object.defineProperty(new Error('x'), property, {
      get: () => {
        throw new Error(`no ${property}`)
      },
    })

  it.each<readonly [string, unknown, string]>([
    ['its message throws', unreadable('message'), 'Error'],
    ['its name throws', unreadable('name'), 'Error'],
    ['its code throws', unreadable('code'), 'Error'],
    ['its stack throws', unreadable('stack'), 'Error'],
    ['its stack is no text', Object.assign(new Error('x'), { stack: 7 }), 'Error'],
    ['its name is a sentence', Object.assign(new Error('x'), { name: `no row for ${TO}` }), 'Error'],
    ['its code is a sentence', Object.assign(new Error('x'), { code: `row ${TO}` }), 'Error'],
    ['it is a text', `no row for ${TO}`, 'a value of type string was thrown'],
    ['it is nothing', undefined, 'a value of type undefined was thrown'],
    ['it is a revoked proxy', revoked(), 'Error'],
  ])('%s', async (_, cause, name) => {
    const onEvent = () => {
      throw cause
    }
    const notify = createNotify({ channels: { memory: new Carrier() }, hooks: { onEvent } })
    let status: string | undefined

    const warnings = await warningsDuring(async () => {
      status = (await notify.send('memory', { to: 'a' })).status
    })

    expect(status).toBe('sent')
    expect(new Set(warnings.map(({ message }) => message))).toEqual(
      new Set([`hooks.onEvent threw (${name})`]),
    )
  })
})

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

it('a warning of an error of ours names the one behind it, and what Redis calls it', async () => {
  const cause = new Error("NOPERM this user has no permissions to run the 'evalsha' command")
  const ours = new NotifyError('UNAVAILABLE', 'Redis failed for +8613800138000', { cause })

  const [warning] = await warningsDuring(() => Promise.resolve(warn('The limit store failed', ours)))

  expect(warning?.message).toBe('The limit store failed (NotifyError UNAVAILABLE: Error NOPERM)')
})
