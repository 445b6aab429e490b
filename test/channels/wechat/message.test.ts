/** What a message may say, and what WeChat gets of it. */
import { describe, expect, it } from 'vitest'
import type { NotifyError } from '../../../src/index.ts'
import { startBench, PARCEL } from './bench.ts'
import type { SendResult } from '../../../src/index.ts'

function issuesOf(result: SendResult): readonly string[] {
  if (result.status !== 'failed') throw new Error('it was sent')
  const error: NotifyError = result.error
  expect(error).toMatchObject({ code: 'INVALID_MESSAGE', delivery: 'not_sent' })
  return (error.issues ?? []).map(({ path, message }) => `${path}: ${message}`)
}

describe('a subscribe message', () => {
  it('reaches the user with everything that was said', async () => {
    await using bench = await startBench()
    const { openid, template } = bench.fake.miniProgram

    const result = await bench.send({ page: '/pages/order?id=1', lang: 'en_US', miniprogramState: 'trial' })

    expect(bench.fake.accepted).toMatchObject([
      {
        kind: 'subscribe',
        to: openid,
        template,
        data: { thing1: PARCEL, time2: '15:01' },
        page: 'pages/order?id=1',
        lang: 'en_US',
        miniprogramState: 'trial',
      },
    ])
    expect(result).toMatchObject({ provider: 'wechat-mini-program' })
  })

  it('says the language and the state of the configuration where it says none itself', async () => {
    await using bench = await startBench({ config: { lang: 'zh_TW', miniprogramState: 'developer' } })

    await bench.send()

    expect(bench.fake.accepted).toMatchObject([{ lang: 'zh_TW', miniprogramState: 'developer' }])
  })

  it('gives every digit of a msgid that a JavaScript number cannot hold', async () => {
    await using bench = await startBench()

    const result = await bench.send()

    const providerId = result.status === 'sent' ? result.receipt.providerId : ''
    expect(providerId).toBe(bench.fake.accepted[0]?.msgid)
    expect(Number.isSafeInteger(Number(providerId))).toBe(false)
  })

  it('is known by our own id where WeChat gives none', async () => {
    await using bench = await startBench()
    bench.fake.answerNext({ body: '{"errcode":0,"errmsg":"ok"}' })

    const result = await bench.send()

    expect(result).toMatchObject({ status: 'sent', receipt: { providerId: result.id } })
  })

  it('writes numbers and dates as their fields ask, in China’s time', async () => {
    const fields = ['time1', 'date2', 'number3', 'character_string4', 'thing5']
    const template = 'k'.repeat(43)
    await using bench = await startBench({ fake: { templates: { [template]: fields } } })
    const at = new Date(Date.UTC(2026, 10, 22, 16, 5))

    const result = await bench.send({
      template,
      data: { time1: at, date2: at, number3: 12.5, character_string4: 4711, thing5: 3 },
    })

    expect(result.status).toBe('sent')
    expect(bench.fake.accepted[0]?.data).toEqual({
      time1: '2026年11月23日 00:05',
      date2: '2026年11月23日',
      number3: '12.5',
      character_string4: '4711',
      thing5: '3',
    })
  })

  it.each([
    ['by the message', {}, { overflow: 'ellipsis' }],
    ['by the configuration', { overflow: 'ellipsis' as const }, {}],
  ])('cuts a long thing where that is asked for %s', async (_, config, fields) => {
    await using bench = await startBench({ config })

    await bench.send({ ...fields, data: { thing1: '很'.repeat(30), time2: '15:01' } })

    expect(bench.fake.accepted[0]?.data['thing1']).toBe(`${'很'.repeat(19)}…`)
  })

  it('is not cut where the message says so', async () => {
    await using bench = await startBench({ config: { overflow: 'ellipsis' } })

    const result = await bench.send({ overflow: 'error', data: { thing1: 'x'.repeat(21), time2: '15:01' } })

    expect(issuesOf(result)).toEqual([
      'data.thing1: expected at most 20 characters, received a string of 21 characters',
    ])
  })

  it('names every wrong field at once', async () => {
    await using bench = await startBench()

    const result = await bench.send({
      to: undefined,
      template: 'no such template',
      page: 'https://example.com',
      lang: 'de',
      data: {
        thing1: 'x'.repeat(21),
        time2: '25:00',
        phrase3: 'shipped',
        amount4: '',
        number5: 1e30,
        'thing 6': 'x',
      },
    })

    expect(issuesOf(result).map((issue) => issue.split(':')[0])).toEqual([
      'to',
      'template',
      'page',
      'lang',
      'data.thing1',
      'data.time2',
      'data.phrase3',
      'data.amount4',
      'data.number5',
      'data.thing 6',
    ])
    expect(bench.fake.calls).toEqual({ token: 0, message: 0 })
  })

  it.each([
    ['a Date in a thing', { thing1: new Date(0) }, 'only time and date fields take a Date'],
    ['an invalid Date', { time2: new Date(Number.NaN) }, 'expected a string, a number or a valid Date'],
    ['a number that is none', { number1: Number.NaN }, 'expected a string, a number or a valid Date'],
    ['a number that is written with an exponent', { thing1: 1e21 }, 'give it as a string'],
    ['a number that has lost digits', { number1: 2 ** 53 }, 'give it as a string'],
    ['a decimal that is written with an exponent', { thing1: 1e-7 }, 'give it as a string'],
    ['text that turns what follows around', { thing1: 'a\u202Eb' }, 'one line of well-formed text'],
    ['text that shows nothing', { name1: 'a\u200Bb' }, 'one line of well-formed text'],
    ['more than any notice shows', { enum1: 'x'.repeat(1001) }, 'at most 1000 characters'],
    ['true', { thing1: true }, 'expected a string, a number or a valid Date'],
    ['a line break', { thing1: 'a\nb' }, 'one line of well-formed text'],
    ['half a character', { thing1: '\uD83D' }, 'one line of well-formed text'],
    ['blanks', { thing1: '  ' }, 'not blank'],
  ])('cannot carry %s', async (_, data, text) => {
    await using bench = await startBench()

    expect(issuesOf(await bench.send({ data })).join()).toContain(text)
  })

  it('cannot open a page of half a character', async () => {
    await using bench = await startBench()

    expect(issuesOf(await bench.send({ page: 'pages/\uD83D' })).join()).toContain('page: expected one line')
  })

  it('may name its template as the configuration does', async () => {
    const template = 'k'.repeat(43)
    const templates = { parcel: template, reminder: { id: template, fields: ['thing1', 'date2'] } }
    await using bench = await startBench({
      config: { templates },
      fake: { templates: { [template]: ['thing1', 'date2'] } },
    })
    const data = { thing1: 'x', date2: '2026-11-23' }

    expect((await bench.send({ template: 'parcel', data })).status).toBe('sent')
    expect((await bench.send({ template: 'reminder', data })).status).toBe('sent')
    expect(bench.fake.accepted.map((message) => message.template)).toEqual([template, template])
  })

  it('must fill the fields that the configuration lists, and no others', async () => {
    const templates = { parcel: { id: 'k'.repeat(43), fields: ['thing1', 'time2'] } }
    await using bench = await startBench({ config: { templates } })

    const result = await bench.send({ template: 'parcel', data: { thing1: 'x', thing3: 'y' } })

    expect(issuesOf(result)).toEqual([
      'data.time2: expected a value: the template has this field, received undefined',
      'data.thing3: expected only the template’s fields: thing1, time2, received a string of 1 characters',
    ])
  })

  it('is told the templates there are when it misspells one', async () => {
    await using bench = await startBench({ config: { templates: { parcel: 'k'.repeat(43) } } })

    expect(issuesOf(await bench.send({ template: 'parcl' })).join()).toContain('(parcel)')
  })

  it.each(['formId', 'form_id', 'emphasisKeyword', 'emphasis_keyword'])(
    'is refused with what to use instead when it is of the retired form: %s',
    async (field) => {
      await using bench = await startBench()

      const [issue] = issuesOf(await bench.send({ [field]: 'abc', colour: 'red' }))

      expect(issue).toContain(
        `${field}: mini-program template messages were retired by WeChat in January 2020 (error 45103)`,
      )
      expect(issue).toContain('officialAccount()')
      expect(issue).toContain('colour: is no field')
    },
  )

  it.each(['weapp_template_msg', 'mp_template_msg'])('is refused as a uniform message: %s', async (field) => {
    await using bench = await startBench()

    expect(issuesOf(await bench.send({ [field]: {} })).join()).toContain('error 45109')
  })
})

describe('an official-account template message', () => {
  it('reaches the follower with its link and its mini-program', async () => {
    await using bench = await startBench({ kind: 'officialAccount' })
    const miniprogram = { appid: 'wx0123456789abcdef', pagepath: '/pages/order?id=1' }

    const result = await bench.send({ url: 'https://example.com/orders/1', miniprogram })

    expect(result).toMatchObject({ status: 'sent', provider: 'wechat-official-account' })
    expect(bench.fake.accepted).toMatchObject([
      {
        kind: 'template',
        data: { thing1: PARCEL, time2: '15:01' },
        url: 'https://example.com/orders/1',
        miniprogram: { ...miniprogram, pagepath: 'pages/order?id=1' },
      },
    ])
    expect(result.status === 'sent' && result.receipt.providerId).toBe(bench.fake.accepted[0]?.msgid)
  })

  it('is delivered once when it is sent twice under one idempotency key within 10 minutes', async () => {
    await using bench = await startBench({ kind: 'officialAccount' })
    const send = () => bench.send({}, { idempotencyKey: 'order-1-shipped' })

    const first = await send()
    const again = await send()
    expect(bench.fake.accepted).toHaveLength(1)
    expect(again).toMatchObject({ status: 'sent', receipt: first.status === 'sent' && first.receipt })

    await bench.clock.advance(600_000)
    await send()
    expect(bench.fake.accepted).toHaveLength(2)
  })

  it('is delivered once when it is sent again after an acceptance that nobody heard of', async () => {
    await using bench = await startBench({ kind: 'officialAccount' })
    const happened = bench.fake.failNext('reset_accepted')
    const send = () => bench.send({}, { idempotencyKey: 'order-1-shipped' })

    expect(await send()).toMatchObject({ status: 'failed', error: { delivery: 'unknown' } })
    await happened
    expect((await send()).status).toBe('sent')

    expect(bench.fake.accepted).toHaveLength(1)
  })

  it('is delivered each time without a key, and the key is not shown to WeChat', async () => {
    await using bench = await startBench({ kind: 'officialAccount' })

    await bench.send()
    await bench.send()
    await bench.send({}, { idempotencyKey: 'order-1-of-anna' })

    const ids = bench.fake.accepted.map(({ clientMsgId }) => clientMsgId)
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
  })

  it.each(['https://example.com/?a=\uD83D', 'https://example.com/?a=\u202E'])(
    'cannot link to %j',
    async (url) => {
      await using bench = await startBench({ kind: 'officialAccount' })

      expect(issuesOf(await bench.send({ url })).join()).toContain('url: expected one line')
    },
  )

  it('names every wrong field at once', async () => {
    await using bench = await startBench({ kind: 'officialAccount' })

    const result = await bench.send({ url: 'ftp://x', miniprogram: { appid: 'x' }, data: { phrase1: 'abc' } })

    expect(issuesOf(result).map((issue) => issue.split(':')[0])).toEqual([
      'url',
      'miniprogram.appid',
      'data.phrase1',
    ])
  })
})
