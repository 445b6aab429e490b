/** A fake of Aliyun with a driver whose time stands still, for the tests of messages that share a call. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect } from 'vitest'
import { startFakeAliyun, type FakeTemplate } from '../../../src/channels/sms/fake.ts'
import { aliyun, type SmsMessageInput } from '../../../src/channels/sms/index.ts'
import type { AliyunConfigInput } from '../../../src/channels/sms/index.ts'
import { Attempt, type Receipt } from '../../../src/core/delivery.ts'
import { NotifyError } from '../../../src/core/errors.ts'
import { createNotify } from '../../../src/facade/notify.ts'
import type { NotifyOptions } from '../../../src/facade/options.ts'
import type { BulkResult } from '../../../src/facade/result.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { SIGN } from './support.ts'

const FAKE_TEMPLATES: Record<string, FakeTemplate> = {
  SMS_1: { content: 'code ${code}', kind: 'verification' },
  SMS_2: { content: 'parcel ${day}', kind: 'notice' },
  SMS_3: { content: 'sale ${day}', kind: 'promotion' },
}
const TEMPLATES = {
  login: { code: 'SMS_1', params: ['code'], kind: 'verification' },
  parcel: { code: 'SMS_2', params: ['day'], kind: 'notice' },
  sale: { code: 'SMS_3', params: ['day'], kind: 'promotion' },
} as const

export const numberOf = (index: number) => `139${String(index).padStart(8, '0')}`
export const parcel = (index: number, more: object = {}): SmsMessageInput => {
  return { to: numberOf(index), template: 'parcel', params: { day: `day-${index}` }, ...more }
}
export const parcels = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, index) => parcel(index, more))

type Options = Partial<Pick<NotifyOptions<never>, 'retry'>> & Partial<AliyunConfigInput>

export async function startBatchBench({ retry = false, ...config }: Options = {}) {
  const clock = new FakeClock(Date.now())
  const fake = await startFakeAliyun({ templates: FAKE_TEMPLATES, signs: [SIGN, 'Acme'], clock })
  const keys = config.credentials ? {} : fake.credentials
  const given = { ...keys, endpoint: fake.endpoint, signName: SIGN, templates: TEMPLATES, ...config }
  const driver = aliyun(given, { clock })
  const notify = createNotify({ channels: { sms: driver }, retry, breaker: false })
  return {
    fake,
    clock,
    driver,
    notify,
    /** The window of what is being collected is over. */
    closeWindow: () => clock.advance(5),
    sendMany: (messages: readonly SmsMessageInput[], options: object = {}) =>
      all(notify.sendMany('sms', messages, options)),
    /** Each with an attempt of its own, so that one can be given up. */
    begin: (messages: readonly SmsMessageInput[]) => messages.map((message) => begin(driver, message)),
    async [Symbol.asyncDispose]() {
      await notify.close()
      await fake.close()
    },
  }
}

export type BatchBench = Awaited<ReturnType<typeof startBatchBench>>

function begin(driver: ReturnType<typeof aliyun>, message: SmsMessageInput) {
  const attempt = new Attempt({ id: crypto.randomUUID(), isBulk: true })
  const outcome = driver.send(driver.parse(message), attempt).then(
    (receipt) => receipt,
    (cause: unknown) => cause as NotifyError,
  )
  return { attempt, outcome }
}

export const stop = new NotifyError('ABORTED', 'The caller gave up')

export function errorsOf(outcomes: readonly (Receipt | NotifyError)[]): NotifyError[] {
  return outcomes.filter((outcome) => NotifyError.isNotifyError(outcome))
}

/** How often each word was said. */
export function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}

/** What was said of the results, such as `{ sent: 99, 'DRIVER_FAILED unknown': 1 }`. */
export function summary(results: readonly BulkResult[]): Record<string, number> {
  return tally(
    results.map((result) =>
      result.status === 'failed' ? `${result.error.code} ${result.error.delivery}` : result.status,
    ),
  )
}

export async function until(isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100_000 && !isTrue(); turn += 1) await nextTurn()
  expect(isTrue()).toBe(true)
}

async function all(results: AsyncIterable<BulkResult>): Promise<BulkResult[]> {
  const list: BulkResult[] = []
  for await (const result of results) list.push(result)
  return list
}
