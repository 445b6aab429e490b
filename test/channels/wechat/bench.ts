/** A driver, its fake and a facade over both, for one test. */
import { createNotify, type SendOptions, type SendResult } from '../../../src/index.ts'
import {
  startFakeWechat,
  type FakeWechat,
  type FakeWechatOptions,
} from '../../../src/channels/wechat/fake.ts'
import {
  miniProgram,
  officialAccount,
  type MiniProgramConfig,
  type OfficialAccountConfig,
} from '../../../src/channels/wechat/index.ts'
import { FakeClock } from '../../../src/testing/index.ts'

export const PARCEL = '包裹 4711 已到'
export type Kind = 'miniProgram' | 'officialAccount'

export interface BenchOptions {
  readonly kind?: Kind
  readonly config?: Partial<MiniProgramConfig & OfficialAccountConfig>
  readonly fake?: FakeWechatOptions
}

export interface Bench extends AsyncDisposable {
  readonly fake: FakeWechat
  readonly clock: FakeClock
  /** What must never be shown. */
  readonly secrets: readonly string[]
  /** A message the fake accepts, changed by `fields`. */
  message(fields?: object): never
  send(fields?: object, options?: SendOptions): Promise<SendResult>
  verify(): Promise<{ readonly status: string; readonly error?: unknown }>
  close(): Promise<void>
}

export async function startBench({
  kind = 'miniProgram',
  config,
  fake: options,
}: BenchOptions = {}): Promise<Bench> {
  const clock = new FakeClock()
  const fake = await startFakeWechat({ clock, ...options })
  const account = fake[kind]
  const settings = { ...account.config, ...config }
  const driver =
    kind === 'miniProgram' ? miniProgram(settings, { clock }) : officialAccount(settings, { clock })
  const notify = createNotify({
    retry: false,
    breaker: false,
    idempotency: false,
    channels: { wechat: driver },
    clock,
  })
  const message = (fields: object = {}) =>
    ({
      to: account.openid,
      template: account.template,
      data: { thing1: PARCEL, time2: '15:01' },
      ...fields,
    }) as never
  const close = async () => {
    await notify.close()
    await fake.close()
  }
  return {
    fake,
    clock,
    get secrets() {
      return [settings.appSecret, account.openid, PARCEL, ...fake[kind].tokens]
    },
    message,
    send: (fields, sendOptions) => notify.send('wechat', message(fields), sendOptions),
    verify: async () => (await notify.verify()).wechat,
    close,
    [Symbol.asyncDispose]: close,
  }
}

export function manySends(bench: Bench, count: number): Promise<SendResult[]> {
  return Promise.all(Array.from({ length: count }, () => bench.send()))
}

export function statuses(results: readonly SendResult[]): Set<string> {
  return new Set(results.map((result) => (result.status === 'failed' ? result.error.message : 'sent')))
}

export function codeOf(result: SendResult): string {
  return result.status === 'failed' ? `${result.error.code} ${result.error.delivery}` : result.status
}

/** Lets the program go on until `isTrue`. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise<void>((resolve) => setImmediate(resolve))
}
