/** Every errcode of WeChat, and every way not to get one, says what happened and shows no secret. */
import { expect, it } from 'vitest'
import { ERRORS } from '../../../src/channels/wechat/errors.ts'
import { NotifyError, type SendResult } from '../../../src/index.ts'
import { FAILURES } from '../../../src/core/failures.ts'
import { findSecrets } from '../../../src/testing/index.ts'
import { PARCEL, startBench } from './bench.ts'

const RID = '65ae1f2b-1c2d3e4f-5a6b7c8d'

function errorOf(result: SendResult): NotifyError {
  if (result.status !== 'failed') throw new Error('it was sent')
  return result.error
}

const ROWS = Object.entries(ERRORS).map(([code, row]) => ({ errcode: code, ...row }))

it.each(ROWS)('answers errcode $errcode ($meaning) with $code', async (row) => {
  await using bench = await startBench()
  const { openid } = bench.fake.miniProgram
  bench.fake.refuseNext(Number(row.errcode), `no ${openid} ${PARCEL} rid: ${RID}`)

  const result = await bench.send()

  const error = errorOf(result)
  expect(error).toMatchObject({
    code: row.code,
    delivery: row.delivery ?? FAILURES[row.code].delivery,
    provider: { code: row.errcode, status: 200, requestId: RID },
  })
  expect(error.reason).toBe(row.reason)
  expect(error.scope).toBe(row.scope ?? FAILURES[row.code].scope)
  expect(error.message).toContain(row.errcode)
  expect(bench.fake.accepted).toHaveLength(0)
  expect(findSecrets(result, bench.secrets)).toEqual([])
})

it.each(ROWS)('answers errcode $errcode to the request for a token with $code, not sent', async (row) => {
  await using bench = await startBench()
  bench.fake.refuseNext(Number(row.errcode), `no ${bench.secrets[0]} rid: ${RID}`, 'token')

  const result = await bench.send()

  expect(errorOf(result)).toMatchObject({
    code: row.code,
    delivery: 'not_sent',
    provider: { requestId: RID },
  })
  expect(bench.fake.calls.message).toBe(0)
  expect(findSecrets(result, bench.secrets)).toEqual([])
})

it('keeps a code it does not know, and does not guess what it means', async () => {
  await using bench = await startBench()
  bench.fake.refuseNext(123456)

  const error = errorOf(await bench.send())

  expect(error).toMatchObject({ code: 'DRIVER_FAILED', delivery: 'unknown', provider: { code: '123456' } })
})

it.each([
  ['an HTML page with HTTP 502', { status: 502, body: '<html>502</html>' }, 'UNAVAILABLE'],
  ['an acceptance with HTTP 500', { status: 500, body: '{"errcode":0,"errmsg":"ok"}' }, 'UNAVAILABLE'],
  ['an HTML page with HTTP 200', { status: 200, body: '<html>hello</html>' }, 'DRIVER_FAILED'],
  ['nothing with HTTP 403', { status: 403, body: '' }, 'DRIVER_FAILED'],
  ['JSON without an errcode', { status: 200, body: '{"ok":true}' }, 'DRIVER_FAILED'],
  ['an errcode that is a text', { status: 200, body: '{"errcode":"0"}' }, 'DRIVER_FAILED'],
  ['half a reply', { status: 200, body: '{"errcode":0,"errm' }, 'DRIVER_FAILED'],
  ['2 MiB', { status: 200, body: ' '.repeat(2 << 20) }, 'DRIVER_FAILED'],
  ['an acceptance with HTTP 403', { status: 403, body: '{"errcode":0,"errmsg":"ok"}' }, 'DRIVER_FAILED'],
  ['an acceptance with HTTP 302', { status: 302, body: '{"errcode":0,"errmsg":"ok"}' }, 'DRIVER_FAILED'],
])('does not know whether the message was sent when the reply is %s', async (_, answer, code) => {
  await using bench = await startBench()
  bench.fake.answerNext(answer)

  const result = await bench.send()

  expect(errorOf(result)).toMatchObject({ code, delivery: 'unknown' })
  expect(findSecrets(result, bench.secrets)).toEqual([])
})

it.each([
  ['an HTML page', { status: 502, body: '<html>502</html>' }, 'UNAVAILABLE'],
  ['half a reply', { body: '{"access_token":"90_abc' }, 'DRIVER_FAILED'],
  ['a token without its life', { body: '{"access_token":"90_abc"}' }, 'DRIVER_FAILED'],
])('sent nothing when the request for a token is answered with %s', async (_, answer, code) => {
  await using bench = await startBench()
  bench.fake.answerNext(answer, 'token')

  const result = await bench.send()

  expect(errorOf(result)).toMatchObject({ code, delivery: 'not_sent' })
  expect(findSecrets(result, [...bench.secrets, '90_abc'])).toEqual([])
})

it.each([
  [43108, 'recipient'],
  [43117, 'recipient'],
  [45009, 'quota'],
  [45011, 'quota'],
  [45029, 'quota'],
])('says of errcode %i whether one user or the account had too many: %s', async (errcode, scope) => {
  await using bench = await startBench()
  bench.fake.refuseNext(errcode)

  expect(errorOf(await bench.send()).scope).toBe(scope)
})

it.each([
  [40003, 'invalid'],
  [43004, 'unsubscribed'],
  [43101, 'unsubscribed'],
  [43108, undefined],
  [40037, undefined],
])('says of errcode %i whether the user is still to be reached: %s', async (errcode, reason) => {
  await using bench = await startBench()
  bench.fake.refuseNext(errcode)

  expect(errorOf(await bench.send()).reason).toBe(reason)
})

it('says so when the reply is too large to be read', async () => {
  await using bench = await startBench()
  bench.fake.answerNext({ body: ' '.repeat(2 << 20) })

  expect(errorOf(await bench.send()).message).toContain('larger than the driver reads')
})

it('names the field that WeChat refused', async () => {
  await using bench = await startBench()

  const error = errorOf(await bench.send({ data: { thing1: 'x' } }))

  expect(error).toMatchObject({ code: 'CONTENT_REJECTED', provider: { code: '47003' } })
  expect(error.issues).toEqual([{ path: 'data.time2', message: 'refused by WeChat' }])
  expect(error.message).toContain('data.time2')
})

it('says until when the quota of the day is used up', async () => {
  await using bench = await startBench()
  bench.clock.jump(3_600_000 * 15) // 23:00 in China
  bench.fake.miniProgram.quota = 0

  expect(errorOf(await bench.send())).toMatchObject({ code: 'QUOTA_EXHAUSTED', retryAfterMs: 3_600_000 })
})

it('reports a user whose one-time subscription is used up', async () => {
  await using bench = await startBench()
  const { miniProgram } = bench.fake
  miniProgram.setCredits(miniProgram.openid, miniProgram.template, 1)

  expect((await bench.send()).status).toBe('sent')
  expect(errorOf(await bench.send())).toMatchObject({ code: 'RECIPIENT_REJECTED', reason: 'unsubscribed' })
})

it.each([
  ['an openid of another account', { to: 'o'.repeat(28) }, 'RECIPIENT_REJECTED', '40003'],
  ['a template of another account', { template: 't'.repeat(43) }, 'CONTENT_REJECTED', '40037'],
  ['a page that does not exist', { page: 'pages/no/no' }, 'CONTENT_REJECTED', '41030'],
])('is told by WeChat of %s', async (_, fields, code, errcode) => {
  await using bench = await startBench({ fake: { pages: ['pages/index/index'] } })

  expect(errorOf(await bench.send(fields))).toMatchObject({ code, provider: { code: errcode } })
})

it('tells an official account that a mini-program page does not exist', async () => {
  await using bench = await startBench({ kind: 'officialAccount', fake: { pages: ['pages/a'] } })
  const miniprogram = { appid: 'wx0123456789abcdef', pagepath: 'pages/b' }

  expect(errorOf(await bench.send({ miniprogram }))).toMatchObject({ provider: { code: '40165' } })
})

it('is refused when a mini-program’s credentials are given to officialAccount()', async () => {
  await using other = await startBench()
  await using bench = await startBench({ kind: 'officialAccount', config: other.fake.miniProgram.config })

  expect(errorOf(await bench.send())).toMatchObject({ code: 'UNAUTHORIZED', provider: { code: '48001' } })
})
