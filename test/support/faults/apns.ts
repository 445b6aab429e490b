/** APNs: HTTP/2 over TLS against a fake of Apple's servers. */
import { generateKeyPairSync } from 'node:crypto'
import { startFakeApns, type FakeApns } from '../../../src/channels/apns/fake.ts'
import { apns } from '../../../src/channels/apns/index.ts'
import type { FaultCase } from './case.ts'
import type { Where } from './far-ends.ts'
import { casesOf, staged, toCases, type Rig } from './rig.ts'

const message = { to: '8f14e45fceea167a5a36dedd4bea2543'.repeat(2), title: 'Parcel', body: 'It arrived' }

function drive({ config }: FakeApns, where?: Where, key?: string) {
  const { auth } = config
  const at = where && { host: where.host, port: where.port }
  return apns({
    ...config,
    ...at,
    auth: key !== undefined && auth.type === 'token' ? { ...auth, key } : auth,
  })
}

const strangeKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })

const REASONS = [
  'BadDeviceToken',
  'DeviceTokenNotForTopic',
  'Unregistered',
  'BadPriority',
  'PayloadTooLarge',
  'TopicDisallowed',
  'UnrelatedKeyIdInToken',
  'TooManyRequests',
  'InternalServerError',
  'ServiceUnavailable',
  'NeverSeen',
]

const rig: Rig<FakeApns> = {
  channel: 'apns',
  start: () => startFakeApns(),
  drive,
  driveWithWrongSecret: (fake) => drive(fake, undefined, strangeKey().toString()),
  message: () => message,
  invalid: () => ({ to: 'not-a-token', title: 'Parcel' }),
  speaksFirst: true,
  isTls: true,
  refusals: {
    ...Object.fromEntries(REASONS.map((reason) => [reason, (fake: FakeApns) => fake.refuseNext(reason)])),
    'a proxy’s page, HTTP 502': (fake) =>
      fake.refuseNext('', { status: 502, body: '<html>Bad Gateway</html>' }),
    'HTTP 418 without a reason': (fake) => fake.refuseNext('', { status: 418, body: '' }),
  },
}

function stageLateAnswer() {
  return staged(rig, {
    ending: (fake) => {
      fake.hold()
      return { after: fake.arrived(1), by: 'deadline' }
    },
    settle: (fake) => fake.release(),
  })
}

export const apnsCases: readonly FaultCase[] = [
  ...casesOf(rig),
  ...toCases(rig, [
    [
      'TLS: certificate of the fake not trusted',
      () => staged(rig, { driver: ({ config }) => apns({ ...config, ca: undefined }) }),
    ],
    ['answers after the deadline', stageLateAnswer],
  ]),
]
