/** The fake answers QuerySendDetails as documented, to the untouched SDK. */
import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { startFakeAliyun, type FakeAliyun, type FakeAliyunOptions } from '../../../src/channels/sms/fake.ts'
import { FakeClock } from '../../../src/testing/index.ts'
import { CODE, PHONE, SIGN, TEMPLATE } from './support.ts'

interface Details {
  readonly code: string
  readonly totalCount: string
  readonly smsSendDetailDTOs: {
    readonly smsSendDetailDTO: readonly Readonly<Record<string, string | number>>[]
  }
}
interface StockClient {
  sendSms(request: object): Promise<{ body: { bizId: string } }>
  querySendDetails(request: object): Promise<{ body: Details }>
}
interface Sdk {
  readonly default: new (config: object) => StockClient
  readonly SendSmsRequest: new (fields: object) => object
  readonly QuerySendDetailsRequest: new (fields: object) => object
}

const sdk = createRequire(import.meta.url)('@alicloud/dysmsapi20170525') as Sdk
const RIGHT = { phoneNumber: PHONE, sendDate: '20260115', pageSize: 10, currentPage: 1 }

/** The SDK signs with the machine's time. The fake's clock stands still from then on, so that no midnight comes in between. */
async function startBench(options: FakeAliyunOptions = {}) {
  const clock = new FakeClock(Date.now())
  const fake = await startFakeAliyun({ clock, ...options })
  const today = new Date(clock.now() + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')
  const client = stock(fake)
  const send = async (outId: string, phoneNumbers = PHONE) => {
    const templateParam = JSON.stringify({ code: CODE })
    const fields = { phoneNumbers, signName: SIGN, templateCode: TEMPLATE, templateParam, outId }
    return (await client.sendSms(new sdk.SendSmsRequest(fields))).body.bizId
  }
  const query = async (fields: object) =>
    (await client.querySendDetails(new sdk.QuerySendDetailsRequest({ ...RIGHT, ...fields }))).body
  return { fake, clock, today, send, query, [Symbol.asyncDispose]: () => fake.close() }
}

function stock({ endpoint, credentials }: FakeAliyun): StockClient {
  return new sdk.default({ ...credentials, endpoint: new URL(endpoint).host, protocol: 'HTTP' })
}

it('tells what was sent to a number that day, page by page, the newest first', async () => {
  await using bench = await startBench()
  const sendDate = bench.today
  for (const outId of ['one', 'two', 'three']) await bench.send(outId)
  await bench.send('other', '13900000000')

  const first = await bench.query({ sendDate, pageSize: 2 })
  const second = await bench.query({ sendDate, pageSize: 2, currentPage: 2 })

  const outIdsOf = ({ smsSendDetailDTOs }: Details) =>
    smsSendDetailDTOs.smsSendDetailDTO.map(({ outId }) => outId)
  expect(first).toMatchObject({ code: 'OK', totalCount: '3' })
  expect([...outIdsOf(first), ...outIdsOf(second)]).toEqual(['three', 'two', 'one'])
  expect(first.smsSendDetailDTOs.smsSendDetailDTO[0]).toMatchObject({
    ...{ phoneNum: PHONE, templateCode: TEMPLATE, sendStatus: 3, errCode: 'DELIVERED' },
    sendDate: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as string,
  })
})

it('tells of one call alone where it is given its BizId', async () => {
  await using bench = await startBench()
  await bench.send('one')
  const bizId = await bench.send('two')

  const { smsSendDetailDTOs, totalCount } = await bench.query({ sendDate: bench.today, bizId })

  expect(totalCount).toBe('1')
  expect(smsSendDetailDTOs.smsSendDetailDTO).toMatchObject([{ outId: 'two' }])
})

it('knows of nothing on another day', async () => {
  await using bench = await startBench()
  await bench.send('one')

  expect(await bench.query({ sendDate: '20200101' })).toMatchObject({ code: 'OK', totalCount: '0' })
})

it('knows of a message only after the lag that it was started with', async () => {
  await using bench = await startBench({ recordLagMs: 5_000 })
  const sendDate = bench.today
  await bench.send('one')

  const before = await bench.query({ sendDate })
  await bench.clock.advance(5_000)

  expect([before.totalCount, (await bench.query({ sendDate })).totalCount]).toEqual(['0', '1'])
})

it.each([
  ['a page size of 51', { pageSize: 51 }],
  ['a page size of 0', { pageSize: 0 }],
  ['a page 0', { currentPage: 0 }],
  ['half a page', { currentPage: 1.5 }],
  ['a date with hyphens', { sendDate: '2026-01-15' }],
  ['a day that no calendar has', { sendDate: '20261315' }],
])('refuses %s', async (_, fields) => {
  await using bench = await startBench()

  expect((await bench.query(fields)).code).toBe('isv.INVALID_PARAMETERS')
})

it('refuses two numbers at once', async () => {
  await using bench = await startBench()

  const { code } = await bench.query({ phoneNumber: `${PHONE},13900000000` })

  expect(code).toBe('isv.MOBILE_NUMBER_ILLEGAL')
})

it.each(['phoneNumber', 'sendDate', 'pageSize', 'currentPage'])('refuses a call without %s', async (name) => {
  await using bench = await startBench()

  const asked = bench.query({ [name]: undefined })

  await expect(asked).rejects.toMatchObject({
    code: `Missing${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    statusCode: 400,
  })
})

it('refuses a call that is not signed with its key', async () => {
  await using bench = await startBench()
  const client = new sdk.default({
    ...{ ...bench.fake.credentials, accessKeySecret: 'wrong' },
    ...{ endpoint: new URL(bench.fake.endpoint).host, protocol: 'HTTP' },
  })

  const asked = client.querySendDetails(new sdk.QuerySendDetailsRequest(RIGHT))

  await expect(asked).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' })
})
