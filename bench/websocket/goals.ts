/** What this project holds itself to, and whether a run met it. */

export interface Goal {
  readonly wanted: string
  readonly value: number
  readonly met: boolean
}

export type Goals = Readonly<Record<keyof typeof GOALS, Goal>>

const atLeast = (bound: number) => ({ wanted: `>= ${bound}`, isMet: (value: number) => value >= bound })
const atMost = (bound: number) => ({ wanted: `<= ${bound}`, isMet: (value: number) => value <= bound })

const GOALS = {
  fanoutVsWs: atLeast(1.15),
  fanoutVsSocketio: atLeast(1.3),
  fanoutVsRawNet: atLeast(0.9),
  burstVsWs: atLeast(8),
  loopBlockMs: atMost(20),
  rssPerConnectionKb: atMost(8),
  rssVsSocketio: atMost(0.6),
  stormErrors: atMost(0),
}

export function goalsOf(values: Readonly<Record<keyof typeof GOALS, number>>): Goals {
  const entries = Object.entries(GOALS).map(([name, { wanted, isMet }]) => {
    const value = values[name as keyof typeof GOALS]
    return [name, { wanted, value, met: isMet(value) } satisfies Goal] as const
  })
  return Object.fromEntries(entries) as Goals
}
