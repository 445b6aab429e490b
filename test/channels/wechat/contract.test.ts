/** Both WeChat drivers keep the contract of every driver. */
import { describe, it } from 'vitest'
import { startFakeWechat, type FakeWechat } from '../../../src/channels/wechat/fake.ts'
import { miniProgram, officialAccount } from '../../../src/channels/wechat/index.ts'
import type { NotifierContract } from '../../../src/testing/index.ts'
import { describeNotifier } from '../../../src/testing/index.ts'

const PARCEL = '包裹 4711 已到'

function contractOf(kind: 'miniProgram' | 'officialAccount'): NotifierContract<FakeWechat> {
  const create = kind === 'miniProgram' ? miniProgram : officialAccount
  const valid = (fake: FakeWechat) => ({
    to: fake[kind].openid,
    template: fake[kind].template,
    data: { thing1: PARCEL, time2: new Date(0) },
  })
  const sample = { to: 'o'.repeat(28), template: 't'.repeat(43), data: { thing1: PARCEL } }
  return {
    startFake: () => startFakeWechat(),
    create: (fake, clock) => create(fake[kind].config, { clock }),
    createUnauthorized: (fake, clock) =>
      create({ ...fake[kind].config, appSecret: 'f'.repeat(32) }, { clock }),
    valid,
    invalid: {
      'an openid of the wrong form': { ...sample, to: 'someone' },
      'a message without fields': { ...sample, data: {} },
      'a thing above 20 characters': { ...sample, data: { thing1: 'x'.repeat(21) } },
      'a misspelled field': { ...sample, template_id: sample.template },
    },
    secrets: (fake) => [
      fake[kind].config.appSecret,
      fake[kind].openid,
      PARCEL,
      ...fake[kind].tokens,
      'f'.repeat(32),
    ],
    refusals: {
      'an unknown openid': {
        arrange: (fake) => fake.refuseNext(40003, `invalid openid ${fake[kind].openid}`),
        code: 'RECIPIENT_REJECTED',
        delivery: 'not_sent',
      },
      'a bad field': {
        arrange: (fake) => fake.refuseNext(47003, `argument invalid! data.thing1.value ${PARCEL}`),
        code: 'CONTENT_REJECTED',
        delivery: 'not_sent',
      },
      'the quota of the minute': {
        arrange: (fake) => fake.refuseNext(45011),
        code: 'RATE_LIMITED',
        delivery: 'not_sent',
      },
      'the quota of the day': {
        arrange: (fake) => fake.refuseNext(45009),
        code: 'QUOTA_EXHAUSTED',
        delivery: 'not_sent',
      },
      'a busy system': { arrange: (fake) => fake.refuseNext(-1), code: 'UNAVAILABLE', delivery: 'not_sent' },
      'a missing permission': {
        arrange: (fake) => fake.refuseNext(48001),
        code: 'UNAUTHORIZED',
        delivery: 'not_sent',
      },
      'a code nobody knows': {
        arrange: (fake) => fake.refuseNext(99999),
        code: 'DRIVER_FAILED',
        delivery: 'unknown',
      },
      'a gateway’s HTML page': {
        arrange: (fake) => fake.answerNext({ status: 502, body: '<html>Bad Gateway</html>' }),
        code: 'UNAVAILABLE',
        delivery: 'unknown',
      },
    },
    faults: {
      unreachable: { code: 'UNAVAILABLE', delivery: 'not_sent' },
      stall: { code: 'TIMED_OUT', delivery: 'unknown' },
      reset: { code: 'UNAVAILABLE', delivery: 'unknown' },
      stall_accepted: { code: 'TIMED_OUT', delivery: 'unknown' },
      reset_accepted: { code: 'UNAVAILABLE', delivery: 'unknown' },
      garbage: { code: 'DRIVER_FAILED', delivery: 'unknown' },
    },
  }
}

describeNotifier('miniProgram', contractOf('miniProgram'), { describe, it })
describeNotifier('officialAccount', contractOf('officialAccount'), { describe, it })
