/** What was armed to happen to the next messages, and what happens to those of simulated recipients. */
import type { FakeFault, Simulation } from '../core/fake.ts'
import { invalid } from '../core/parse.ts'
import type { ArmedFault, FaultList, FaultRequest } from './api.ts'
import { FAULT_PROVIDERS, faultMenus, FAULTS } from './fault-menus.ts'
import { simulationOf } from './simulated-recipients.ts'

type Armed = { -readonly [Key in keyof ArmedFault]: ArmedFault[Key] }

const MOST_TIMES = 1_000

export class FaultBook {
  #armed: Armed[] = []
  #count = 0
  readonly #changed: (armed: readonly ArmedFault[]) => void

  constructor(changed: (armed: readonly ArmedFault[]) => void) {
    this.#changed = changed
  }

  get list(): FaultList {
    return { providers: faultMenus(), armed: this.#armed }
  }

  /** @throws {NotifyError} INVALID_CONFIG, naming every wrong field */
  arm(request: FaultRequest): ArmedFault {
    const issues = issuesOf(request)
    if (issues.length > 0) throw invalid('INVALID_CONFIG', issues)
    const { provider, refusal, fault, times = 1 } = request
    this.#count += 1
    const what = refusal === undefined ? { fault } : { refusal }
    const armed = { id: String(this.#count), provider, ...what, times, left: times } as Armed
    this.#armed.push(armed)
    this.#changed(this.#armed)
    return armed
  }

  clear(): void {
    this.#armed = []
    this.#changed(this.#armed)
  }

  /** What becomes of the message that arrives now. */
  simulate(provider: string, recipients: readonly string[]): Simulation | undefined {
    return this.#take(provider) ?? simulationOf(provider, recipients)
  }

  #take(provider: string): Simulation | undefined {
    const armed = this.#armed.find((one) => one.provider === provider)
    if (!armed) return undefined
    armed.left -= 1
    this.#armed = this.#armed.filter(({ left }) => left > 0)
    this.#changed(this.#armed)
    return armed.refusal === undefined ? { fault: armed.fault as FakeFault } : { refusal: armed.refusal }
  }
}

function issuesOf({ provider, refusal, fault, times = 1 }: FaultRequest) {
  const wrong: (readonly [path: string, isWrong: boolean, expected: string])[] = [
    ['provider', !FAULT_PROVIDERS.includes(provider), `expected one of ${FAULT_PROVIDERS.join(', ')}`],
    [
      'refusal',
      (refusal === undefined) === (fault === undefined),
      'expected exactly one of refusal and fault',
    ],
    ['refusal', refusal !== undefined && !isRefusal(provider, refusal), 'expected a code of this provider'],
    [
      'fault',
      fault !== undefined && !FAULTS.includes(fault as FakeFault),
      `expected one of ${FAULTS.join(', ')}`,
    ],
    [
      'times',
      !(Number.isInteger(times) && times >= 1 && times <= MOST_TIMES),
      `expected a whole number from 1 to ${MOST_TIMES}`,
    ],
  ]
  return wrong.filter(([, isWrong]) => isWrong).map(([path, , message]) => ({ path, message }))
}

/** Codes that no table has may be tried too, where they have the form of one. */
function isRefusal(provider: string, refusal: unknown): boolean {
  if (typeof refusal !== 'string') return false
  if (provider === 'smtp') return /^(MESSAGE )?[45]\d\d [ -~]{1,400}$/.test(refusal)
  if (provider.startsWith('wechat') || provider === 'centrifugo')
    return /^-?\d{1,6}$/.test(refusal) && refusal !== '0'
  return /^[\w.]{2,100}$/.test(refusal)
}
