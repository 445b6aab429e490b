/** WeChat: messages of a mini-program and of an official account; the first call of both is for an access token. */
import { startFakeWechat, type FakeWechat } from '../../../src/channels/wechat/fake.ts'
import { miniProgram, officialAccount } from '../../../src/channels/wechat/index.ts'
import type { FakeFault } from '../../../src/core/fake.ts'
import type { AnyNotifier } from '../../../src/index.ts'
import type { FaultCase } from './case.ts'
import type { Where } from './far-ends.ts'
import { casesOf, originOf, stageLateAnswer, staged, toCases, type Rig, type Stage } from './rig.ts'

/** One of the two ways to send, each of which has an account of its own. */
interface Way {
  readonly label?: string
  readonly account: 'miniProgram' | 'officialAccount'
  readonly open: (config: FakeWechat['miniProgram']['config']) => AnyNotifier
  readonly path: string
  readonly codes: readonly number[]
}

const miniProgramWay: Way = {
  account: 'miniProgram',
  open: (config) => miniProgram(config),
  path: '/subscribe/send',
  codes: [40003, 43101, 40037, 47003, 45009, 45011, 48001, -1, 99999],
}

const officialAccountWay: Way = {
  label: 'official account',
  account: 'officialAccount',
  open: (config) => officialAccount(config),
  path: '/template/send',
  codes: [40003, 43004, 40037, 47003, 45009, 48001, 50002, -1, 99999],
}

function rigOf({ label, account, open, codes }: Way): Rig<FakeWechat> {
  const messageOf = ({ [account]: { openid, template } }: FakeWechat) => {
    return { to: openid, template, data: { thing1: '包裹 4711 已到', time2: new Date(0) } }
  }
  const drive = ({ [account]: { config } }: FakeWechat, where?: Where, appSecret = config.appSecret) =>
    open({ ...config, appSecret, ...(where && { endpoint: originOf(where) }) })
  return {
    channel: 'wechat',
    ...(label !== undefined && { label }),
    start: () => startFakeWechat(),
    drive,
    driveWithWrongSecret: (fake) => drive(fake, undefined, 'f'.repeat(32)),
    message: messageOf,
    invalid: (fake) => ({ ...messageOf(fake), to: 'someone' }),
    speaksFirst: true,
    isTls: false,
    refusals: {
      ...Object.fromEntries(
        codes.map((code) => [`errcode ${code}`, (fake: FakeWechat) => fake.refuseNext(code)]),
      ),
      'errcode 40125 to the token call': (fake) => fake.refuseNext(40125, 'invalid appsecret', 'token'),
      'a gateway’s page, HTTP 502': (fake) =>
        fake.answerNext({ status: 502, body: '<html>Bad Gateway</html>' }),
    },
  }
}

function tokenStages(rig: Rig<FakeWechat>): Stage[] {
  const onToken = (fault: FakeFault) => () =>
    staged(rig, {
      ending: (fake) => {
        const after = fake.failNext(fault, 'token')
        return fault === 'stall' ? { after, by: 'attempt' } : undefined
      },
    })
  return [
    ['token call: takes it, says nothing', onToken('stall')],
    ['token call: takes it, resets', onToken('reset')],
    ['token call: answers garbage', onToken('garbage')],
  ]
}

const portOf = ({ endpoint }: FakeWechat) => Number(new URL(endpoint).port)

export const wechat: readonly FaultCase[] = [miniProgramWay, officialAccountWay].flatMap((way) => {
  const rig = rigOf(way)
  const late = () => stageLateAnswer(rig, portOf, (written) => written.includes(way.path))
  return [...casesOf(rig), ...toCases(rig, [...tokenStages(rig), ['answers after the deadline', late]])]
})
