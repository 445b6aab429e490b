/** Every fault of every channel, and the run over them. */
import { apnsCases } from './apns.ts'
import { runCase, type FaultCase, type Outcome } from './case.ts'
import { email } from './email.ts'
import { sms } from './sms.ts'
import { websocketCases } from './websocket.ts'
import { wechat } from './wechat.ts'

const CONCURRENCY = 4

export const cases: readonly FaultCase[] = [...email, ...sms, ...wechat, ...apnsCases, ...websocketCases]

/** In the order of `cases`, whichever ends first. */
export async function runMatrix(): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const waiting = [...cases.entries()]
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, faultCase] = next
      outcomes[index] = await runCase(faultCase)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return outcomes
}
