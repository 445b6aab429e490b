/** Whom a message is for, in the form of allow-lists, and the same message for one other address alone. */
import { describe, expect, it } from 'vitest'
import { smtp, type EmailMessageInput } from '../../../src/channels/email/index.ts'
import { Attempt } from '../../../src/core/delivery.ts'
import { NotifyError } from '../../../src/core/errors.ts'
import { findSecrets } from '../../../src/testing/find-secrets.ts'
import { FROM, headerOf, lastRaw, message, startBench } from './bench.ts'

const ADA = 'ada.lovelace@example.org'
const BOB = 'bob.builder@example.net'
const EVE = 'eve.nobody@example.net'
const DEV = 'dev@example.com'
const driver = smtp({ host: '127.0.0.1', from: FROM })

const recipients = (input: Partial<EmailMessageInput>) =>
  driver.recipients(driver.parse({ ...message, ...input }))

describe('the recipients', () => {
  it('are everyone in to, cc and bcc, without names, each once', () => {
    const all = recipients({ to: [{ name: 'Ada', address: ADA }, BOB], cc: ADA, bcc: [EVE, BOB] })

    expect(all).toEqual([ADA, BOB, EVE])
  })

  it('have their domains in ASCII and lower case, whatever was written', () => {
    expect(recipients({ to: ['Ada@Example.ORG', 'Ada@example.org', 'bob@BÜCHER.example'] })).toEqual([
      'Ada@example.org',
      'bob@xn--bcher-kva.example',
    ])
  })

  it('are those the server is told, in the same form', async () => {
    await using bench = await startBench()
    const to = ['Ada@Example.ORG', { address: 'bob@BÜCHER.example' }]

    await bench.receipt({ to, bcc: 'Ada@example.org' })

    expect(bench.fake.accepted[0]?.to).toEqual(recipients({ to }))
    expect(bench.fake.commands.filter((verb) => verb === 'RCPT')).toHaveLength(2)
  })
})

describe('a redirected message', () => {
  const original: EmailMessageInput = {
    ...message,
    to: [{ name: 'Ada Lovelace', address: ADA }],
    cc: [BOB],
    bcc: [EVE],
    replyTo: 'help@example.com',
    headers: { 'X-Order': '42' },
    attachments: [{ filename: 'old.eml', content: `To: ${BOB}\r\nSubject: Old\r\n\r\nHello` }],
  }

  it('is named to the server with one recipient, and nobody else gets anything', async () => {
    await using bench = await startBench()
    const parsed = bench.driver.parse(original)

    await bench.driver.send(bench.driver.redirected(parsed, DEV), new Attempt({ id: 'delivery-1' }))

    expect(bench.fake.commands.filter((verb) => verb === 'RCPT')).toHaveLength(1)
    expect(bench.fake.accepted.map(({ to }) => to)).toEqual([[DEV]])
  })

  it('shows the new address alone, and keeps all else', async () => {
    await using bench = await startBench()
    const parsed = bench.driver.parse(original)

    await bench.driver.send(bench.driver.redirected(parsed, DEV), new Attempt({ id: 'delivery-1' }))

    const raw = lastRaw(bench.fake)
    expect(headerOf(raw, 'To')).toBe(DEV)
    expect(headerOf(raw, 'Cc')).toBeUndefined()
    expect(raw).not.toContain('Ada Lovelace')
    expect(headerOf(raw, 'From')).toBe(FROM)
    expect(headerOf(raw, 'Reply-To')).toBe('help@example.com')
    expect(headerOf(raw, 'X-Order')).toBe('42')
    expect(headerOf(raw, 'Subject')).toBe(message.subject)
    expect(raw).toContain('old.eml')
  })

  it('is a new one: the original keeps its recipients', () => {
    const parsed = driver.parse(original)

    expect(driver.recipients(driver.redirected(parsed, 'Dev@EXAMPLE.com'))).toEqual(['Dev@example.com'])
    expect(driver.recipients(parsed)).toEqual([ADA, BOB, EVE])
  })

  it.each([
    ['two addresses', `${DEV}, ${EVE}`],
    ['a second address behind a line break', `${DEV}\r\nRCPT TO:<${EVE}>`],
    ['a display name', `Dev <${DEV}>`],
    ['no domain', 'developer-of-ours'],
    ['nothing', ''],
    ['a list in plain JavaScript', [DEV, EVE] as never],
    ['an object in plain JavaScript', { address: DEV } as never],
  ])('cannot be made for %s', (_, to) => {
    const redirect = () => driver.redirected(driver.parse(original), to)

    expect(redirect).toThrow(NotifyError)
    const error = thrownBy(redirect)
    expect(error).toMatchObject({ code: 'INVALID_MESSAGE', issues: [{ path: 'guard.redirectTo' }] })
    expect(findSecrets(error, [DEV, EVE, 'developer-of-ours'])).toEqual([])
  })

  it('cannot be led elsewhere by a header that a relay reads', () => {
    expect(() => driver.parse({ ...message, headers: { 'X-MC-BccAddress': EVE } })).toThrow(/headers/)
  })
})

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
