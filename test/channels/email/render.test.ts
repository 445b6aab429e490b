/** What would be sent, without sending it. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { simpleParser } from 'mailparser'
import { expect, it } from 'vitest'
import { smtp, type EmailMessageInput, type SmtpConfigInput } from '../../../src/channels/email/index.ts'
import { Attempt } from '../../../src/core/delivery.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { FROM, message, startBench, TO } from './bench.ts'

const PASS = 'correct horse battery staple'
const EVE = 'eve.nobody@example.net'

/** By a driver whose server does not exist. */
function render(input: Partial<EmailMessageInput> = {}, config: Partial<SmtpConfigInput> = {}) {
  const auth = { user: 'relay-user', pass: PASS }
  const driver = smtp({ host: 'mail.invalid', from: FROM, auth, ...config }, { clock: new FakeClock() })
  return driver.render(driver.parse({ ...message, ...input }), new Attempt({ id: 'delivery-1' }))
}

it('gives the envelope and the message, without a server', async () => {
  const { envelope, raw, messageId } = await render({ subject: 'Ihr Päckchen', html: '<b>Da</b>', bcc: EVE })

  expect(envelope).toEqual({ from: FROM, to: [TO, EVE] })
  const mail = await simpleParser(raw)
  expect(mail).toMatchObject({ subject: 'Ihr Päckchen', html: '<b>Da</b>', messageId })
  expect(raw).not.toContain(EVE)
})

it('gives the very bytes that a send hands over', async () => {
  await using bench = await startBench({ clock: new FakeClock() })
  const parsed = bench.driver.parse({ ...message, attachments: [{ filename: 'a.txt', content: 'Hello' }] })
  const attempt = new Attempt({ id: 'delivery-1', idempotencyKey: 'order-42' })

  const { raw, envelope } = await bench.driver.render(parsed, attempt)
  await bench.driver.send(parsed, attempt)

  expect(digest(bench.fake.accepted[0]?.raw)).toBe(digest(raw))
  expect(bench.fake.accepted[0]?.to).toEqual(envelope.to)
})

it('reads a stream that the send of the same delivery then has', async () => {
  await using bench = await startBench()
  const content = Readable.from([Buffer.from('streamed')])
  const parsed = bench.driver.parse({ ...message, attachments: [{ filename: 'a.txt', content }] })
  const attempt = new Attempt({ id: 'delivery-1' })

  await bench.driver.render(parsed, attempt)
  await bench.driver.send(parsed, attempt)

  const mail = await simpleParser(bench.fake.accepted[0]?.raw ?? '')
  expect(mail.attachments[0]?.content.toString()).toBe('streamed')
})

it('holds no credentials', async () => {
  expect(findSecrets(await render(), [PASS, 'relay-user'])).toEqual([])
})

it('opens no connection', async () => {
  await using bench = await startBench()

  await bench.driver.render(bench.driver.parse(message), new Attempt({ id: 'delivery-1' }))

  expect(bench.fake.connectionsMade).toBe(0)
})

it('fails where a file to attach is not there, as a send does', async () => {
  const attachments = [{ path: `${import.meta.dirname}/not-there.pdf` }]
  const allowFileRoots = [import.meta.dirname]

  await expect(render({ attachments }, { allowFileRoots })).rejects.toMatchObject({
    code: 'INVALID_MESSAGE',
    delivery: 'not_sent',
    issues: [{ path: 'attachments.0.path' }],
  })
})

it('fails where the message is larger than maxBytes, as a send does', async () => {
  const attachments = [{ filename: 'a.bin', content: Buffer.alloc(2_000) }]

  await expect(render({ attachments }, { maxBytes: 1_000 })).rejects.toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
  })
})

it('fails without showing whom the message was for', async () => {
  // eslint-disable-next-line @typescript-eslint/require-await
  async function* broken() {
    yield Buffer.alloc(1)
    throw new Error(`${TO} has left`)
  }

  const error: unknown = await render({ attachments: [{ filename: 'a', content: broken() }] }).catch(
    (cause: unknown) => cause,
  )

  expect(error).toMatchObject({ code: 'INVALID_MESSAGE' })
  expect(findSecrets(error, [TO])).toEqual([])
})

it('ends where it is given up while a stream gives nothing', async () => {
  const driver = smtp({ host: 'mail.invalid', from: FROM })
  const content = new Readable({ read: () => undefined })
  const parsed = driver.parse({ ...message, attachments: [{ filename: 'a', content }] })
  const attempt = new Attempt({ id: 'delivery-1' })

  const rendering = driver.render(parsed, attempt)
  attempt.expire()

  await expect(rendering).rejects.toMatchObject({ code: 'ABORTED', delivery: 'not_sent' })
})

function digest(bytes: Buffer | string | undefined): string {
  return createHash('sha256')
    .update(bytes ?? '')
    .digest('hex')
}
