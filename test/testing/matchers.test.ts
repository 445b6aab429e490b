/** The matchers, in the `expect` of vitest and in that of jest. */
import { expect as jestExpect } from 'expect'
import { describe, expect as vitestExpect, it } from 'vitest'
import { smtp } from '../../src/channels/email/index.ts'
import { createNotify } from '../../src/index.ts'
import { fakeNotify, notiwireMatchers } from '../../src/testing/index.ts'
import '../../src/testing/vitest.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

jestExpect.extend(notiwireMatchers)

function startFake() {
  const email = smtp({ host: '127.0.0.1', port: 1, from: 'shop@example.com' })
  return fakeNotify({ channels: { email, memory: new MemoryNotifier(), other: new MemoryNotifier() } })
}

/** The text of what `body` throws; empty where it throws nothing. */
function textOf(body: () => unknown): string {
  try {
    body()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

/** As `expect` of either runner, by the types of vitest's. */
const runners = { vitest: vitestExpect, jest: jestExpect as unknown as typeof vitestExpect }

describe.each(Object.entries(runners))('expect(notify) of %s', (name, expect) => {
  const assert = vitestExpect
  /** By the types of jest's, which are stricter: vitest has `any`. */
  const like = expect as unknown as Pick<
    typeof jestExpect,
    'objectContaining' | 'stringContaining' | 'stringMatching'
  >

  it('passes where a message with these fields was sent, and fails where none was', async () => {
    await using notify = startFake()

    await notify.send('memory', { to: 'ann', text: 'Your parcel is here' })

    expect(notify).toHaveSent('memory')
    expect(notify).toHaveSent('memory', { to: 'ann' })
    expect(notify).not.toHaveSent('memory', { to: 'bob' })
    expect(notify).not.toHaveSent('other')
    assert(textOf(() => expect(notify).toHaveSent('memory', { to: 'bob' }))).not.toBe('')
    assert(textOf(() => expect(notify).toHaveSent('other'))).not.toBe('')
    assert(textOf(() => expect(notify).not.toHaveSent('memory', { to: 'ann' }))).not.toBe('')
  })

  it('takes each field as it was written, or as the driver’s schema made it', async () => {
    await using notify = startFake()

    await notify.send('memory', { to: 'ann' })
    await notify.send('email', { to: 'ann@Example.com', subject: 'Hi', text: 'Hi', cc: ['bob@example.com'] })

    expect(notify).toHaveSent('memory', { to: 'ann', text: 'hello' })
    expect(notify).toHaveSent('email', { to: 'ann@Example.com', subject: 'Hi' })
    expect(notify).toHaveSent('email', { to: [{ address: 'ann@example.com' }], cc: ['bob@example.com'] })
    expect(notify).not.toHaveSent('email', { cc: [] })
  })

  it('takes asymmetric matchers for a field, in a field and for the whole message', async () => {
    await using notify = startFake()

    await notify.send('email', {
      to: ['ann@example.com'],
      subject: 'Parcel 4711 is here',
      text: 'At the door',
    })

    expect(notify).toHaveSent('email', { subject: like.stringMatching(/parcel \d+/i) })
    expect(notify).toHaveSent('email', { to: [like.stringContaining('ann@')] })
    expect(notify).toHaveSent('email', like.objectContaining({ text: 'At the door' }))
    expect(notify).not.toHaveSent('email', { subject: like.stringContaining('4712') })
    expect(notify).not.toHaveSent('email', like.objectContaining({ text: 'In the garden' }))
  })

  it('counts messages, all of a channel or those with these fields', async () => {
    await using notify = startFake()
    expect(notify).toHaveSentNothing()
    expect(notify).toHaveSentTimes('memory', 0)

    for (const to of ['ann', 'bob', 'ann']) await notify.send('memory', { to })

    expect(notify).toHaveSentTimes('memory', 3)
    expect(notify).toHaveSentTimes('memory', 2, { to: 'ann' })
    expect(notify).toHaveSentTimes('memory', 0, { to: 'eve' })
    expect(notify).not.toHaveSentTimes('memory', 2)
    expect(notify).not.toHaveSentNothing()
    assert(textOf(() => expect(notify).toHaveSentTimes('memory', 1, { to: 'ann' }))).toContain(
      "expected 1 message to be sent on memory with { to: 'ann' }, but 2 of those that were sent are such",
    )
  })

  it('shows what was sent instead, and how the nearest of it differs', async () => {
    await using notify = startFake()
    await notify.send('memory', { to: 'eve', text: 'Bye' })
    await notify.send('memory', { to: 'ann', text: 'Your parcel is late' })

    const text = textOf(() => expect(notify).toHaveSent('memory', { to: 'ann', text: 'Your parcel is here' }))

    const listed = `
      expected a message to be sent on memory with { to: 'ann', text: 'Your parcel is here' }, but none was sent

      sent on memory:
        1. memory (memory): { to: 'eve', text: 'Bye' }
        2. memory (memory): { to: 'ann', text: 'Your parcel is late' }

      nearest is number 2; it differs in text`
    assert(text).toContain(listed.replace(/^ {6}/gm, '').trim())
    assert(text).toMatch(/-\s+"text": "Your parcel is here"/)
    assert(text).toMatch(/\+\s+"text": "Your parcel is late"/)
  })

  it('says where it was sent instead, and why the rest was not', async () => {
    await using notify = startFake()
    await notify.send('other', { to: 'ann' })
    await notify.send('memory', { to: '' })
    notify.failNext('memory', 'recipient')
    await notify.send('memory', { to: 'ann' })

    const text = textOf(() => expect(notify).toHaveSent('memory'))

    assert(text).toContain('expected a message to be sent on memory, but none was sent')
    assert(text).toContain(`sent on other channels:\n  1. other (memory): { to: 'ann' }`)
    assert(text).toMatch(
      /not sent:\n {2}memory: failed as INVALID_MESSAGE: to: .+\n {2}memory: failed as RECIPIENT_REJECTED/,
    )
  })

  it('counts what is too much to be shown', async () => {
    await using notify = startFake()
    for (let count = 0; count < 12; count += 1) await notify.send('memory', { to: `person-${count}` })

    const text = textOf(() => expect(notify).toHaveSentNothing())

    assert(text).toContain('expected nothing to be sent')
    assert(text).toContain(`10. memory (memory): { to: 'person-9' }\n  and 2 more`)
  })

  it('shows what should not have been sent', async () => {
    await using notify = startFake()
    await notify.send('memory', { to: 'ann' })
    await notify.send('memory', { to: 'bob' })

    const text = textOf(() => expect(notify).not.toHaveSent('memory', { to: 'ann' }))
    const counted = textOf(() => expect(notify).not.toHaveSentTimes('memory', 2))

    assert(text).toBe(
      `expected no message to be sent on memory with { to: 'ann' }\n\nbut sent:\n  1. memory (memory): { to: 'ann' }`,
    )
    assert(counted).toContain('expected anything but 2 messages to be sent on memory')
    assert(textOf(() => expect(startFake()).not.toHaveSentNothing())).toBe(
      'expected something to be sent, but nothing was',
    )
  })

  it('asks for the await that is missing', async () => {
    await using notify = startFake()
    const sending = notify.send('memory', { to: 'ann' })

    assert(textOf(() => expect(notify).toHaveSent('memory'))).toContain(
      '1 send still under way: is an await missing?',
    )
    await sending
    expect(notify).toHaveSent('memory')
  })

  it('passes for nothing sent only where nothing can follow', async () => {
    await using notify = startFake()
    const sending = notify.send('memory', { to: 'ann' })

    const texts = [
      textOf(() => expect(notify).not.toHaveSent('memory')),
      textOf(() => expect(notify).toHaveSentTimes('memory', 0)),
      textOf(() => expect(notify).toHaveSentNothing()),
    ]
    expect(notify).not.toHaveSent('other')
    expect(notify).toHaveSentTimes('other', 0)
    await sending

    assert(texts[0]).toContain('1 send on memory still under way: what is sent cannot be told yet')
    assert(texts[1]).toContain('1 send on memory still under way')
    assert(texts[2]).toContain('1 send still under way')
    expect(notify).toHaveSentTimes('memory', 1)
    expect(notify).toHaveSentTimes('memory', 0, { to: 'bob' })
  })

  it('has sendMany under way until its results were read, or given up', async () => {
    await using notify = startFake()
    const results = notify.sendMany('memory', [{ to: 'a' }, { to: 'b' }, { to: 'c' }], { concurrency: 1 })

    await results.next()
    const during = textOf(() => expect(notify).toHaveSentTimes('memory', notify.sent('memory').length))
    await results.return()

    assert(during).toContain('1 send on memory still under way')
    expect(notify).toHaveSentTimes('memory', notify.sent('memory').length)
  })

  it('has an error under way no more', async () => {
    await using notify = fakeNotify({ channels: { memory: new MemoryNotifier() }, debug: true })
    notify.failNext('memory', 'recipient')

    await assert(notify.send('memory', { to: 'ann' })).rejects.toThrow('told this channel to fail')

    expect(notify).toHaveSentNothing()
  })

  it('refuses a channel that there is not, with .not too', () => {
    const notify = startFake()
    const misspelt = 'memroy' as 'memory'
    const there = 'No channel is named "memroy"; there are: email, memory, other'

    assert(() => expect(notify).toHaveSent(misspelt)).toThrow(there)
    assert(() => expect(notify).not.toHaveSent(misspelt)).toThrow(there)
    assert(() => expect(notify).not.toHaveSentTimes(misspelt, 1)).toThrow(there)
  })

  it('refuses what can be no message and no number of times, with .not too', () => {
    const notify = startFake()
    const wrong = (value: unknown) => value as never

    assert(() => expect(notify).not.toHaveSent('memory', wrong(undefined))).toThrow(
      'message: expected the fields of a message, got undefined',
    )
    assert(() => expect(notify).not.toHaveSent('memory', wrong('ann'))).toThrow('got string')
    assert(() => expect(notify).not.toHaveSent('memory', wrong(null))).toThrow('got null')
    assert(() => expect(notify).not.toHaveSentTimes('memory', wrong({ to: 'ann' }))).toThrow(
      'times: expected',
    )
    assert(() => expect(notify).not.toHaveSentTimes('memory', -1)).toThrow('a whole number of 0 or more')
  })

  it.each([
    ['a real Notify', createNotify({ channels: {} })],
    ['nothing', undefined],
    ['a result', { status: 'sent' }],
  ])('says of %s that it is no fake', (_, value) => {
    const text = 'These matchers look at what fakeNotify() returned, and this is not it'

    assert(() => expect(value).toHaveSent('memory')).toThrow(text)
    assert(() => expect(value).not.toHaveSent('memory')).toThrow(text)
    assert(() => expect(value).toHaveSentNothing()).toThrow(text)
  })

  it('says so where code that the isolated test did not start has sent it', async () => {
    await using notify = startFake()
    await notify.send('memory', { to: 'ann' })

    const text = await notify.isolated(() =>
      Promise.resolve(textOf(() => expect(notify).toHaveSent('memory'))),
    )()

    assert(text).toContain('1 message sent outside of this isolated test, by code that it did not start')
  })

  it(`is ${name} itself, with what it had before`, () => {
    assert(() => expect(1).toBe(2)).toThrow()
    assert(textOf(() => expect(1).toBe(1))).toBe('')
  })
})
