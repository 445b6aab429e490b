/** Email: nodemailer against an SMTP server. */
import { selfSigned } from '../../../src/channels/apns/fake-certificate.ts'
import { startFakeSmtp, type FakeSmtp } from '../../../src/channels/email/fake.ts'
import { smtp } from '../../../src/channels/email/index.ts'
import type { FaultCase } from './case.ts'
import type { Where } from './far-ends.ts'
import { casesOf, stageLateAnswer, staged, toCases, type Rig } from './rig.ts'

const message = { to: 'ada@example.org', subject: 'Your parcel', text: 'It arrives tomorrow.' }

const login = { auth: { user: 'shop', pass: 'secret' }, from: 'shop@example.com' }

function drive(fake: FakeSmtp, where?: Where, pass = 'secret') {
  const { host, port, isTls } = where ?? { host: fake.host, port: fake.port, isTls: false }
  return smtp({ ...login, host, port, secure: isTls, auth: { user: 'shop', pass } })
}

const refuse =
  (...refusal: readonly [Parameters<FakeSmtp['refuseNext']>[0]['command'], string]) =>
  (fake: FakeSmtp) =>
    fake.refuseNext({ command: refusal[0], reply: refusal[1] })

const rig: Rig<FakeSmtp> = {
  channel: 'email',
  start: () => startFakeSmtp({ users: { shop: 'secret' } }),
  drive,
  driveWithWrongSecret: (fake) => drive(fake, undefined, 'wrong'),
  message: () => message,
  invalid: () => ({ to: message.to, subject: 'Empty' }),
  speaksFirst: false,
  isTls: false,
  refusals: {
    '421 to the connection': refuse('GREETING', '421 4.3.2 Shutting down'),
    '554 to the connection': refuse('GREETING', '554 5.7.1 Not you'),
    '454 4.7.0 to AUTH': refuse('AUTH', '454 4.7.0 Try later'),
    '553 5.7.1 to MAIL': refuse('MAIL', '553 5.7.1 Not your address'),
    '550 5.1.1 to RCPT': refuse('RCPT', '550 5.1.1 User unknown'),
    '451 4.7.1 greylisted': refuse('RCPT', '451 4.7.1 Greylisted, try again'),
    '452 4.2.2 mailbox full': refuse('RCPT', '452 4.2.2 Mailbox full'),
    '451 to DATA': refuse('DATA', '451 4.3.0 Try again'),
    '550 5.7.1 to the message': refuse('MESSAGE', '550 5.7.1 Looks like spam'),
    '552 5.3.4 to the message': refuse('MESSAGE', '552 5.3.4 Too large'),
    '451 4.3.0 to the message': refuse('MESSAGE', '451 4.3.0 Try again'),
  },
}

const isWhole = (written: string) => written.includes('\r\n.\r\n')

export const email: readonly FaultCase[] = [
  ...casesOf(rig),
  ...toCases(rig, [
    [
      'TLS: STARTTLS required and not offered',
      () => staged(rig, { driver: ({ host, port }) => smtp({ ...login, host, port, requireTLS: true }) }),
    ],
    [
      'TLS: certificate not trusted at STARTTLS',
      () =>
        staged(
          { ...rig, start: () => startFakeSmtp({ users: { shop: 'secret' }, tls: selfSigned('localhost') }) },
          { driver: ({ host, port }) => smtp({ ...login, host, port, requireTLS: true }) },
        ),
    ],
    ['answers after the deadline', () => stageLateAnswer(rig, ({ port }) => port, isWhole)],
  ]),
]
