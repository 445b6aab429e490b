/** The smtp driver keeps every promise of the shared suite. */
import { describe, it } from 'vitest'
import { startFakeSmtp, type FakeSmtp } from '../../../src/channels/email/fake.ts'
import { smtp } from '../../../src/channels/email/index.ts'
import type { Clock } from '../../../src/core/clock.ts'
import { describeNotifier } from '../../../src/testing/notifier-contract.ts'

const USER = 'relay-user@example.com'
const PASS = 'correct horse battery staple'
const TO = 'ada.lovelace@example.org'
const message = { to: TO, subject: 'Your parcel is on its way', text: 'It arrives tomorrow.' }

const create = (pass: string) => (fake: FakeSmtp, clock: Clock) =>
  smtp({ host: fake.host, port: fake.port, auth: { user: USER, pass }, from: 'shop@example.com' }, { clock })

describeNotifier<FakeSmtp>(
  'smtp',
  {
    startFake: () => startFakeSmtp({ users: { [USER]: PASS } }),
    create: create(PASS),
    createUnauthorized: create('wrong password'),
    valid: () => message,
    invalid: {
      'a message without a body': { to: TO, subject: 'Empty' },
      'an address with a second one behind a line break': { ...message, to: `${TO}\r\nBcc: eve@example.net` },
      'a field it does not know': { ...message, sms: true },
    },
    secrets: () => [USER, PASS, TO, 'wrong password'],
    refusals: {
      'an unknown recipient': {
        code: 'RECIPIENT_REJECTED',
        delivery: 'not_sent',
        arrange: (fake) => fake.refuseNext({ command: 'RCPT', reply: `550 5.1.1 <${TO}>: User unknown` }),
      },
      'refused content': {
        code: 'CONTENT_REJECTED',
        delivery: 'not_sent',
        arrange: (fake) => fake.refuseNext({ command: 'MESSAGE', reply: '550 5.7.1 Looks like spam' }),
      },
      'a sender that is not ours': {
        code: 'UNAUTHORIZED',
        delivery: 'not_sent',
        arrange: (fake) => fake.refuseNext({ command: 'MAIL', reply: '553 5.7.1 Not your address' }),
      },
      greylisting: {
        code: 'RATE_LIMITED',
        delivery: 'not_sent',
        arrange: (fake) => fake.refuseNext({ command: 'RCPT', reply: '451 4.7.1 Greylisted, try again' }),
      },
      'a busy server': {
        code: 'UNAVAILABLE',
        delivery: 'not_sent',
        arrange: (fake) => fake.refuseNext({ command: 'GREETING', reply: '421 4.3.2 Shutting down' }),
      },
    },
    faults: {
      unreachable: { code: 'UNAVAILABLE', delivery: 'not_sent' },
      stall: { code: 'TIMED_OUT', delivery: 'unknown' },
      reset: { code: 'UNAVAILABLE', delivery: 'unknown' },
      stall_accepted: { code: 'TIMED_OUT', delivery: 'unknown' },
      reset_accepted: { code: 'UNAVAILABLE', delivery: 'unknown' },
      garbage: { code: 'DRIVER_FAILED', delivery: 'unknown' },
    },
  },
  { describe, it },
)
