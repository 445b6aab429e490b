/** WeChat: subscribe messages of a mini-program against a fake of the API; its first call is for an access token. */
import { startFakeWechat, type FakeWechat } from '../../../src/channels/wechat/fake.ts'
import { miniProgram } from '../../../src/channels/wechat/index.ts'
import type { FakeFault } from '../../../src/core/fake.ts'
import type { FaultCase } from './case.ts'
import { startLateLine, type Where } from './far-ends.ts'
import { casesOf, originOf, staged, type Rig, type Stage } from './rig.ts'

const messageOf = ({ miniProgram: { openid, template } }: FakeWechat) => {
  return { to: openid, template, data: { thing1: '包裹 4711 已到', time2: new Date(0) } }
}

function drive({ miniProgram: { config } }: FakeWechat, where?: Where, appSecret = config.appSecret) {
  return miniProgram({ ...config, appSecret, ...(where && { endpoint: originOf(where) }) })
}

const CODES = [40003, 43101, 40037, 47003, 45009, 45011, 48001, -1, 99999]

const rig: Rig<FakeWechat> = {
  channel: 'wechat',
  start: () => startFakeWechat(),
  drive,
  driveWithWrongSecret: (fake) => drive(fake, undefined, 'f'.repeat(32)),
  message: messageOf,
  invalid: (fake) => ({ ...messageOf(fake), to: 'someone' }),
  speaksFirst: true,
  isTls: false,
  isPersistent: false,
  refusals: {
    ...Object.fromEntries(
      CODES.map((code) => [`errcode ${code}`, (fake: FakeWechat) => fake.refuseNext(code)]),
    ),
    'errcode 40125 to the token call': (fake) => fake.refuseNext(40125, 'invalid appsecret', 'token'),
    'a gateway’s page, HTTP 502': (fake) =>
      fake.answerNext({ status: 502, body: '<html>Bad Gateway</html>' }),
  },
}

const onToken = (fault: FakeFault) => () =>
  staged(rig, {
    ending: (fake) => {
      const after = fake.failNext(fault, 'token')
      return fault === 'stall' ? { after, by: 'attempt' } : undefined
    },
  })

async function stageLateAnswer() {
  const fake = await rig.start()
  const port = Number(new URL(fake.endpoint).port)
  const line = await startLateLine(port, (written) => written.includes('/subscribe/send'))
  const ending = () => ({ after: line.reached, by: 'deadline' as const })
  return staged({ ...rig, start: () => Promise.resolve(fake) }, { farEnd: line, ending })
}

const tokenStages: readonly Stage[] = [
  ['token call: takes it, says nothing', onToken('stall')],
  ['token call: takes it, resets', onToken('reset')],
  ['token call: answers garbage', onToken('garbage')],
  ['answers after the deadline', stageLateAnswer],
]

export const wechat: readonly FaultCase[] = [
  ...casesOf(rig),
  ...tokenStages.map(([fault, stage]): FaultCase => ({ channel: 'wechat', fault, stage })),
]
