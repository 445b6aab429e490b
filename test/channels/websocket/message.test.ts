import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { jsonIssues } from '../../../src/channels/websocket/json-value.ts'
import { websocket, type WebSocketReceipt } from '../../../src/channels/websocket/index.ts'
import { createNotify, NotifyError } from '../../../src/index.ts'
import { KEY } from './support/hub.ts'

const driver = websocket({ jwt: { keys: [KEY] } })
const to = { user: '1001' }

function issuesOf(message: unknown) {
  try {
    driver.parse(message)
    return []
  } catch (error) {
    return NotifyError.isNotifyError(error) ? (error.issues ?? []) : []
  }
}

const circular: Record<string, unknown> = {}
circular['self'] = { again: circular }
let deep: unknown = 'end'
for (let level = 0; level < 65; level++) deep = { deep }

describe('a message is refused, and the text says why', () => {
  it.each<[string, unknown, string, string]>([
    ['nobody', { title: 'Hi' }, 'to', 'expected'],
    ['a bare user id', { to: '1001', title: 'Hi' }, 'to', 'expected object, received string'],
    [
      'no kind of recipient',
      { to: {}, title: 'Hi' },
      'to',
      'expected exactly one of user, topic and all, received 0',
    ],
    [
      'two kinds of recipient',
      { to: { user: '1', topic: 'a' }, title: 'Hi' },
      'to',
      'expected exactly one of user, topic and all, received 2',
    ],
    [
      'an unknown kind of recipient',
      { to: { users: ['1'] }, title: 'Hi' },
      'to',
      'Unrecognized key: "users"',
    ],
    [
      'a user that is a number',
      { to: { user: 7 }, title: 'Hi' },
      'to.user',
      'expected string, received number',
    ],
    ['an empty user', { to: { user: '' }, title: 'Hi' }, 'to.user', 'expected a user id of 1 to 254'],
    [
      'a user with a space',
      { to: { user: 'a b' }, title: 'Hi' },
      'to.user',
      'expected a user id of 1 to 254',
    ],
    [
      'a topic of the server’s own',
      { to: { topic: '#1' }, title: 'Hi' },
      'to.topic',
      'not beginning with # or @',
    ],
    ['all: false', { to: { all: false }, title: 'Hi' }, 'to.all', 'expected true'],
    ['no content', { to }, '', 'expected at least one of type, title, body, url and data'],
    ['an empty title', { to, title: '' }, 'title', ''],
    ['a script as link', { to, url: ' JavaScript:alert(1)' }, 'url', 'expected a link that runs no script'],
    ['a misspelled field', { to, titel: 'Hi' }, '', 'Unrecognized key: "titel"'],
    ['an unknown confirmation', { to, title: 'Hi', confirm: 'received' }, 'confirm', 'published'],
    ['a time in words we do not know', { to, title: 'Hi', within: '5 minutes' }, 'within', "such as '250ms'"],
    ['a time of none', { to, title: 'Hi', ttl: 0 }, 'ttl', 'at most 30 days'],
    ['an empty key', { to, title: 'Hi', key: '' }, 'key', ''],
    ['a store that is no yes or no', { to, title: 'Hi', store: 'yes' }, 'store', 'expected boolean'],
    [
      'delivery alone, and nothing to deliver',
      { to, store: true, key: 'k', confirm: 'ack' },
      '',
      'at least one of type',
    ],
    ['a bigint', { to, data: { order: { total: 10n } } }, 'data.order.total', 'write a bigint as a string'],
    [
      'a function',
      { to, data: { call: () => 1 } },
      'data.call',
      'expected a JSON value, received a function',
    ],
    ['a symbol', { to, data: [Symbol('x')] }, 'data.0', 'expected a JSON value, received a symbol'],
    ['a hole in an array', { to, data: [1, undefined] }, 'data.1', 'expected a JSON value'],
    ['not a number', { to, data: Number.NaN }, 'data', 'expected a finite number'],
    ['a Map', { to, data: { tags: new Map() } }, 'data.tags', 'use a plain object or an array'],
    ['a circle', { to, data: circular }, 'data.self.again', 'it contains itself'],
    ['data too deep', { to, data: deep }, `data${'.deep'.repeat(64)}`, 'expected at most 64 levels'],
  ])('%s', (_wrong, message, path, text) => {
    const issues = issuesOf(message)

    expect(issues.map((issue) => issue.path)).toContain(path)
    expect(issues.map((issue) => issue.message).join()).toContain(text)
  })

  it('with every wrong field at once', () => {
    const issues = issuesOf({ to: { user: 7 }, title: '', data: { a: 1n, b: 2n } })

    expect(issues.map(({ path }) => path)).toEqual(['to.user', 'title', 'data.a', 'data.b'])
  })
})

describe('a message is taken', () => {
  it.each<[string, unknown]>([
    ['with data alone', { to, data: 0 }],
    ['with data that is null', { to, data: null }],
    ['with a type alone, as a signal', { to, type: 'logout' }],
    ['with a date, which JSON writes as text', { to, data: { at: new Date(0) } }],
    ['with one object in two places', { to, data: [to, to] }],
    ['with an undefined field, which JSON leaves out', { to, data: { a: undefined } }],
    ['to a topic, the user left undefined', { to: { topic: 'a', user: undefined }, title: 'Hi' }],
    ['with a path as link', { to, url: '/orders/7' }],
    ['with a deep link', { to, url: 'myapp://orders/7' }],
  ])('%s', (_which, message) => {
    expect(issuesOf(message)).toEqual([])
  })
})

it('finds fault with no JSON value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(jsonIssues(value)).toEqual([])
    }),
  )
})

it('lets nothing through that JSON would change in silence', () => {
  const values = fc.anything({ withBigInt: true, withMap: true, withSet: true, withNullPrototype: true })
  fc.assert(
    fc.property(values, (value) => {
      if (value === undefined || jsonIssues(value).length > 0) return
      const once = JSON.stringify(value)
      expect(JSON.stringify(JSON.parse(once))).toBe(once)
    }),
    { numRuns: 2_000 },
  )
})

it('takes at compile time what it takes at run time', () => {
  const notify = createNotify({
    retry: false,
    breaker: false,
    idempotency: false,
    channels: { push: driver },
  })
  const calls = () => [
    notify.send('push', { to: { user: '1' }, title: 'Hi' }),
    notify.send('push', { to: { topic: 'a' }, data: [1] }),
    notify.send('push', { to: { all: true }, type: 'logout' }),
    notify.send('push', {
      to: { user: '1' },
      title: 'Hi',
      confirm: 'ack',
      within: '5s',
      ttl: 60_000,
      key: 'k',
    }),
    notify.send('push', {
      to: { topic: 'a' },
      data: 1,
      store: false,
      droppable: true,
      exceptConnection: 'c',
    }),
    // @ts-expect-error one kind of recipient only
    notify.send('push', { to: { user: '1', topic: 'a' }, title: 'Hi' }),
    // @ts-expect-error some kind of recipient
    notify.send('push', { to: {}, title: 'Hi' }),
    // @ts-expect-error true or nothing
    notify.send('push', { to: { all: false }, title: 'Hi' }),
    // @ts-expect-error misspelled
    notify.send('push', { to: { user: '1' }, titel: 'Hi' }),
    // @ts-expect-error no such word to wait for
    notify.send('push', { to: { user: '1' }, title: 'Hi', confirm: 'received' }),
    // @ts-expect-error nobody
    notify.send('push', { title: 'Hi' }),
  ]

  expect(calls).toBeTypeOf('function')
  expectTypeOf<WebSocketReceipt>().toExtend<{
    providerId: string
    channel: string
    outcome: 'acked' | 'written' | 'published' | 'stored'
    connections: number | null
  }>()
})
