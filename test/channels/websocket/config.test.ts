import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { websocket, type WebSocketConfigInput } from '../../../src/channels/websocket/index.ts'
import { NotifyError } from '../../../src/index.ts'
import { findSecrets } from '../../../src/testing/index.ts'
import { KEY } from './support/hub.ts'

const jwt = { keys: [KEY] }
const pem = '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----'

function refused(config: unknown): NotifyError {
  try {
    websocket(config as WebSocketConfigInput)
  } catch (error) {
    if (NotifyError.isNotifyError(error)) return error
  }
  throw new Error('It was not refused')
}

it.each<[string, unknown, string]>([
  ['neither keys nor a hook', {}, 'expected exactly one of jwt and authenticate'],
  ['keys and a hook', { jwt, authenticate: () => null }, 'expected exactly one of jwt and authenticate'],
  ['no key', { jwt: { keys: [] } }, 'jwt.keys'],
  ['a key that is too short', { jwt: { keys: ['short-secret'] } }, 'expected a key of at least 32 bytes'],
  ['a PEM key', { jwt: { keys: [pem] } }, 'expected a shared secret'],
  ['a hook that is no function', { authenticate: 'yes' }, 'authenticate: expected a function'],
  ['a path without a slash', { jwt, path: 'push' }, 'path: expected a path such as /push'],
  ['a path with a query', { jwt, path: '/push?a=b' }, 'path: expected a path such as /push'],
  ['an origin with a path', { jwt, origins: ['https://app.example.com/'] }, 'origins.0: expected an origin'],
  ['an origin that is none', { jwt, origins: ['app.example.com'] }, 'origins.0: expected an origin'],
  [
    'a pong later than the next ping',
    { jwt, pingMs: 5_000, pongMs: 5_000 },
    'pongMs: expected less than pingMs',
  ],
  [
    'a burst below the topics',
    { jwt, commandBurst: 100 },
    'commandBurst: expected more than maxChannels (128)',
  ],
  ['a limit of none', { jwt, maxConnections: 0 }, 'maxConnections'],
  ['a misspelled setting', { jwt, maxConnection: 5 }, 'maxConnection'],
])('refuses %s', (_wrong, config, text) => {
  const error = refused(config)

  expect(error.code).toBe('INVALID_CONFIG')
  expect(error.message).toContain(text)
  expect(findSecrets(error, [KEY, 'short-secret', 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE'])).toEqual([])
})

it('names every wrong setting at once', () => {
  const error = refused({ jwt: { keys: ['short'] }, path: 'push', drainMs: -1 })

  expect(error.issues?.map(({ path }) => path)).toEqual(['jwt.keys.0', 'path', 'drainMs'])
})

it('shows no key when a driver is printed', () => {
  expect(inspect(websocket({ jwt }), { depth: 9, showHidden: true })).not.toContain(KEY)
})

it('refuses to issue tokens without keys', () => {
  const driver = websocket({ authenticate: () => null })

  expect(() => driver.issueToken({ user: '1001' })).toThrow('Tokens can be issued only with jwt.keys')
})
