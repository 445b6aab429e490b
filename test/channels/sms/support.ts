/** A fake of Aliyun with a facade that sends to it, for the tests of this folder. */
import type { AliyunConfigInput } from '../../../src/channels/sms/index.ts'
import { aliyun } from '../../../src/channels/sms/index.ts'
import { startFakeAliyun, type FakeAliyun, type FakeAliyunOptions } from '../../../src/channels/sms/fake.ts'
import type { Clock } from '../../../src/core/clock.ts'
import type { NotifyError } from '../../../src/core/errors.ts'
import { createNotify } from '../../../src/facade/notify.ts'
import type { SendResult } from '../../../src/facade/result.ts'

export const SIGN = '阿里云短信测试'
export const TEMPLATE = 'SMS_154950909'
export const PHONE = '13912345678'
export const CODE = '834271'
export const MESSAGE = { to: PHONE, template: TEMPLATE, params: { code: CODE } }

export interface BenchOptions extends Partial<AliyunConfigInput> {
  readonly fake?: FakeAliyunOptions
  readonly clock?: Clock
}

export async function startBench({ fake: fakeOptions, clock, ...config }: BenchOptions = {}) {
  const fake = await startFakeAliyun(fakeOptions)
  const keys = config.credentials ? {} : fake.credentials
  const driver = aliyun(
    { ...keys, endpoint: fake.endpoint, signName: SIGN, ...config },
    clock === undefined ? {} : { clock },
  )
  const notify = createNotify({ retry: false, breaker: false, idempotency: false, channels: { sms: driver } })
  return {
    fake,
    driver,
    notify,
    send: (message: object = {}, options: object = {}) =>
      notify.send('sms', { ...MESSAGE, ...message }, options),
    async [Symbol.asyncDispose]() {
      await notify.close()
      await fake.close()
    },
  }
}

/** What must not be readable from any result. */
export function secretsOf(fake: FakeAliyun): string[] {
  const { accessKeyId, accessKeySecret, securityToken } = fake.credentials
  return [accessKeyId, accessKeySecret, ...(securityToken ? [securityToken] : []), PHONE, CODE]
}

export function errorOf(result: SendResult): NotifyError {
  if (result.status !== 'failed') throw new Error(`It was ${result.status}`)
  return result.error
}
