/** Whatever providers, stores and callers do: what results claim is true, and what was promised is kept. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { expectOneEndEach } from '../facade/ends.ts'
import { Chance } from './fuzz/chance.ts'
import { play, RATES, type Episode } from './fuzz/episode.ts'
import { SLOW_MS } from './fuzz/stores.ts'

const EPISODES = 120
const episodes: Episode[] = []

beforeAll(async () => {
  // Stores fail here all the time: nobody needs to be warned of it.
  vi.spyOn(process, 'emitWarning').mockReturnValue(undefined)
  for (let seed = 1; seed <= EPISODES; seed += 1) {
    const chance = new Chance(-seed)
    vi.spyOn(Math, 'random').mockImplementation(() => chance.next())
    episodes.push(await play(seed))
  }
}, 60_000)

afterAll(() => vi.restoreAllMocks())

/** What breaks a rule, with the seed of its episode: `play(seed)` shows it again. */
function breaches(rule: (episode: Episode) => readonly unknown[]): string[] {
  return episodes.flatMap((episode) =>
    rule(episode).map((what) => `seed ${episode.seed}: ${JSON.stringify(what)}`),
  )
}

const resultsOf = ({ sends }: Episode) => sends.flatMap(({ result }) => (result ? [result] : []))

function countOf<T>(items: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return counts
}

const moreThanOnce = (names: readonly (string | undefined)[]) =>
  [...countOf(names)].filter(([name, count]) => name !== undefined && count > 1)

describe('in 120 episodes of anything', () => {
  it('everything happens: messages are sent, refused, given up, lost and repeated', () => {
    const results = episodes.flatMap(resultsOf)
    const outcomes = countOf(
      results.map((result) => (result.status === 'failed' ? result.error.code : result.status)),
    )

    expect([...outcomes.keys()]).toEqual(
      expect.arrayContaining([
        'sent',
        'skipped',
        'TIMED_OUT',
        'ABORTED',
        'RATE_LIMITED',
        'CIRCUIT_OPEN',
        'CLOSED',
      ]),
    )
    expect(Math.min(...[...outcomes.values()].sort((one, other) => other - one).slice(0, 6))).toBeGreaterThan(
      20,
    )
    expect(results.filter(({ duplicate }) => duplicate).length).toBeGreaterThan(100)
    expect(episodes.filter(({ isPlain, isLimited }) => isPlain && isLimited).length).toBeGreaterThan(20)
  })

  it('every send settles, every SDK closes, and no timer is left', () => {
    const open = breaches(({ sends }) => sends.filter(({ result }) => !result))
    const unclosed = breaches(({ isClosed, timersLeft }) =>
      isClosed && timersLeft === 0 ? [] : [timersLeft],
    )

    expect([open, unclosed]).toEqual([[], []])
  })

  it('what is sent was accepted', () => {
    const lies = breaches((episode) => {
      const accepted = new Set(episode.accepted.map(({ id }) => id))
      return resultsOf(episode).filter(({ status, id }) => status === 'sent' && !accepted.has(id))
    })

    expect(lies).toEqual([])
  })

  it('what is not sent was not accepted', () => {
    const lies = breaches((episode) => {
      const accepted = new Set(episode.accepted.map(({ id }) => id))
      return resultsOf(episode).filter((result) => {
        const isNotSent =
          result.status === 'failed' ? result.error.delivery === 'not_sent' : result.status === 'skipped'
        return isNotSent && accepted.has(result.id)
      })
    })

    expect(lies).toEqual([])
  })

  it('no message is accepted twice, and none under a key that another was accepted under', () => {
    const twice = breaches(({ accepted, mayRepeat }) =>
      mayRepeat
        ? []
        : [...moreThanOnce(accepted.map(({ id }) => id)), ...moreThanOnce(accepted.map(({ key }) => key))],
    )

    expect(twice).toEqual([])
  })

  it('every delivery has one end, told last', () => {
    for (const episode of episodes) expectOneEndEach(episode.events, resultsOf(episode))
  })

  it('no provider is asked more often than its account allows', () => {
    const excesses = breaches(({ asked, isLimited, isSlow }) => {
      // What a slow store has counted is asked a moment later.
      const tolerance = isSlow ? 2 * SLOW_MS : 0
      return isLimited ? ['a', 'b', 'c'].flatMap((name) => excessesOf(asked, name, tolerance)) : []
    })

    expect(excesses).toEqual([])
  })

  it('nobody overtakes who was sent long before him', () => {
    const overtaken = breaches(({ isPlain, sends, asked }) => (isPlain ? overtakersIn(sends, asked) : []))

    expect(overtaken).toEqual([])
  })
})

function excessesOf(asked: Episode['asked'], name: string, tolerance: number) {
  const at = asked.filter(({ provider }) => provider === name).map((one) => one.at)
  return RATES.flatMap(({ limit, perMs }) =>
    at.filter((time, index) => time - (at[index - limit] ?? -Infinity) < perMs - tolerance - 1e-6),
  )
}

/** Who was asked for before somebody who was sent a good while earlier. Keys are left out: they wait for each other. */
function overtakersIn(sends: Episode['sends'], asked: Episode['asked']) {
  const sentAt = new Map(
    sends.flatMap(({ key, at, result }) => (key || !result ? [] : [[result.id, at] as const])),
  )
  let latest = -Infinity
  return asked.filter(({ id }) => {
    const at = sentAt.get(id) ?? Infinity
    if (at === Infinity) return false
    latest = Math.max(latest, at)
    return at < latest - 4 * SLOW_MS
  })
}
