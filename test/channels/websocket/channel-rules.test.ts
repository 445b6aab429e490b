import { describe, expect, it } from 'vitest'
import { ChannelRules, namespaceOf } from '../../../src/channels/websocket/channel-rules.ts'
import { websocketConfig, type WebSocketConfigInput } from '../../../src/channels/websocket/config.ts'

const rulesOf = (config: Partial<WebSocketConfigInput> = {}) =>
  new ChannelRules(websocketConfig.parse({ authenticate: () => null, ...config }))

const history = { size: 5, ttlMs: 60_000 }
const NOTHING = { presence: false, joinLeave: false }

it.each([
  ['orders', 'orders'],
  ['orders:42', 'orders'],
  ['orders:eu:42', 'orders'],
  ['orders2:42', 'orders2'],
  [':42', ''],
])('%s is in the namespace "%s"', (topic, namespace) => {
  expect(namespaceOf(topic)).toBe(namespace)
})

describe('what a channel keeps', () => {
  it('is a hundred messages for a day for each user, and nothing of topics, by default', () => {
    const rules = rulesOf()

    expect(rules.of('#1001')).toEqual({ ...NOTHING, history: { size: 100, ttlMs: 86_400_000 } })
    expect(rules.of('orders')).toEqual(NOTHING)
    expect(rules.of('@all')).toEqual(NOTHING)
  })

  it('can be nothing for users too', () => {
    expect(rulesOf({ user: { history: false } }).of('#1001')).toEqual(NOTHING)
  })

  it('is what its namespace says, and no other channel’s', () => {
    const rules = rulesOf({ namespaces: { orders: { history, presence: true }, chat: { joinLeave: true } } })

    for (const topic of ['orders', 'orders:42', 'orders:']) {
      expect(rules.of(topic)).toEqual({ history, presence: true, joinLeave: false })
    }
    expect(rules.of('chat:1')).toEqual({ presence: false, joinLeave: true })
    for (const topic of ['orders2', 'Orders', 'order', ':orders', ''])
      expect(rules.of(topic)).toEqual(NOTHING)
  })

  it('is never a topic’s for a user or for everyone, whatever they are called', () => {
    const rules = rulesOf({ user: { history: false }, namespaces: { orders: { history }, all: { history } } })

    expect(rules.of('#orders')).toEqual(NOTHING)
    expect(rules.of('@all')).toEqual(NOTHING)
  })

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty:1'])('is nothing of %s', (topic) => {
    expect(rulesOf({ namespaces: { orders: { history } } }).of(topic)).toEqual(NOTHING)
  })
})

it.each(['#orders', '@all', 'orders:eu', 'two words', ''])('takes no namespace called "%s"', (name) => {
  const { error } = websocketConfig.safeParse({
    authenticate: () => null,
    namespaces: { [name]: { history } },
  })

  expect(error?.issues[0]?.path[0]).toBe('namespaces')
})
