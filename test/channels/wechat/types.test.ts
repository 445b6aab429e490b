/** What compiles is what is taken: readonly inputs are, mistakes are not. */
import { expect, expectTypeOf, it } from 'vitest'
import {
  miniProgram,
  officialAccount,
  type MiniProgramConfig,
  type SubscribeMessageInput,
} from '../../../src/channels/wechat/index.ts'

const config = {
  appId: 'wx0123456789abcdef',
  appSecret: '0123456789abcdef0123456789abcdef',
  templates: { parcel: { id: 'k'.repeat(43), fields: ['thing1', 'time2'] } },
  token: { allowForceRefresh: true },
} as const

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T

it('takes a configuration of which everything is readonly', () => {
  expect(miniProgram(config).provider).toBe('wechat-mini-program')
  expect(officialAccount(config).provider).toBe('wechat-official-account')
  expectTypeOf<DeepReadonly<Omit<MiniProgramConfig, 'token'>>>().toExtend<Omit<MiniProgramConfig, 'token'>>()
})

it('takes a message of which everything is readonly', () => {
  const message = { to: 'o'.repeat(28), template: 'parcel', data: { thing1: 'x', time2: '15:01' } } as const

  expect(miniProgram(config).parse(message)).toMatchObject({ data: { thing1: 'x' } })
  expectTypeOf(message).toExtend<SubscribeMessageInput>()
})

it('does not compile what is no setting', () => {
  const compileOnly = () => [
    // @ts-expect-error a keyword that is no text
    miniProgram({ ...config, templates: { parcel: { id: 'k'.repeat(43), fields: [1] } } }),
    // @ts-expect-error only mini-programs have it
    officialAccount({ ...config, lang: 'zh_CN' }),
  ]
  expectTypeOf(compileOnly).toBeFunction()
})
