import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'vitest'
import { startFakeApns, type FakeApns } from '../../../src/channels/apns/fake.ts'
import { apns } from '../../../src/channels/apns/index.ts'
import type { Clock } from '../../../src/index.ts'
import { describeNotifier } from '../../../src/testing/notifier-contract.ts'

const TOKEN = '8f14e45fceea167a5a36dedd4bea2543'.repeat(2)
const STRANGER = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const STRANGE_KEY = STRANGER.export({ type: 'pkcs8', format: 'pem' }).toString()

const refuse = (reason: string, since?: Date) => (fake: FakeApns) =>
  fake.refuseNext(reason, since ? { since } : {})

/** The suite moves the clock half a minute at once, in which no ping can come back over a real socket. */
const patient = { pingAfterMs: 60_000 }

const contract = {
  startFake: () => startFakeApns(),
  invalid: {
    'a push without anything to show': { to: TOKEN },
    'a device token that is not hex': { to: 'not-a-token', title: 'Parcel' },
    'a field that does not exist': { to: TOKEN, title: 'Parcel', tittle: 'Parcel' },
  },
  refusals: {
    'a bad device token': {
      arrange: refuse('BadDeviceToken'),
      code: 'RECIPIENT_REJECTED',
      delivery: 'not_sent',
    },
    'an app that was removed': {
      arrange: refuse('Unregistered', new Date()),
      code: 'RECIPIENT_REJECTED',
      delivery: 'not_sent',
    },
    'a bad priority': { arrange: refuse('BadPriority'), code: 'CONTENT_REJECTED', delivery: 'not_sent' },
    'a key without permission': {
      arrange: refuse('UnrelatedKeyIdInToken'),
      code: 'UNAUTHORIZED',
      delivery: 'not_sent',
    },
    'too many pushes to a device': {
      arrange: refuse('TooManyRequests'),
      code: 'RATE_LIMITED',
      delivery: 'not_sent',
    },
    'an outage': { arrange: refuse('ServiceUnavailable'), code: 'UNAVAILABLE', delivery: 'not_sent' },
  },
  // `unreachable` is absent: a push that was not written is sent again on the next connection (connection.test.ts).
  faults: {
    stall: { code: 'TIMED_OUT', delivery: 'unknown' },
    stall_accepted: { code: 'TIMED_OUT', delivery: 'unknown' },
    reset: { code: 'UNAVAILABLE', delivery: 'unknown' },
    reset_accepted: { code: 'UNAVAILABLE', delivery: 'unknown' },
    garbage: { code: 'DRIVER_FAILED', delivery: 'unknown' },
  },
} as const

describeNotifier(
  'apns with a token key',
  {
    ...contract,
    valid: () => ({ to: TOKEN, title: 'Parcel', body: 'It arrived' }),
    create: (fake, clock) => apns({ ...fake.config, ...patient }, { clock }),
    createUnauthorized: (fake: FakeApns, clock: Clock) =>
      apns({ ...fake.config, auth: { ...fake.credentials, key: STRANGE_KEY } }, { clock }),
    secrets: (fake: FakeApns) => [fake.credentials.key, TOKEN, STRANGE_KEY, ...fake.jwts],
  },
  { describe, it },
)

describeNotifier(
  'apns with a certificate',
  {
    ...contract,
    valid: () => ({ to: TOKEN, title: 'Parcel', body: 'It arrived' }),
    create: (fake, clock) => apns({ ...fake.config, auth: fake.certificate, ...patient }, { clock }),
    secrets: (fake: FakeApns) => [fake.certificate.key, TOKEN],
  },
  { describe, it },
)
