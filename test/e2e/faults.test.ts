/** What the SDK says of every fault is held against what the far end knows, and the page that tells it is up to date. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { CHANNELS, isLie, type Outcome } from '../support/faults/case.ts'
import { runMatrix } from '../support/faults/matrix.ts'
import { toPage } from '../support/faults/page.ts'

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'reference', 'faults.md')

let outcomes: readonly Outcome[]

beforeAll(async () => {
  outcomes = await runMatrix()
})

it('never claims more than the far end knows', () => {
  expect(outcomes.filter(isLie)).toEqual([])
})

it('sends on every channel where nothing goes wrong, so the rest fails for its own reason', () => {
  const undisturbed = outcomes.filter(({ fault }) => fault.endsWith('nothing goes wrong'))
  const main = undisturbed.filter(({ fault }) => fault === 'nothing goes wrong')

  expect(main.map(({ channel }) => channel)).toEqual(CHANNELS)
  expect(undisturbed.map(({ fault }) => fault)).toContain('Tencent: nothing goes wrong')
  expect(undisturbed.map(({ fault }) => fault)).toContain('official account: nothing goes wrong')
  expect(undisturbed.every(({ status, accepted }) => status === 'sent' && accepted)).toBe(true)
})

it('covers at least fifty cases, each once', () => {
  const names = new Set(outcomes.map(({ channel, fault }) => `${channel}: ${fault}`))

  expect(names.size).toBe(outcomes.length)
  expect(names.size).toBeGreaterThanOrEqual(50)
})

it('calls whatever keeps a connection from being made an outage, so that another provider is tried', () => {
  const failed = outcomes.filter(({ fault }) =>
    /connection refused|host name does not exist|TLS: |reset before the message/.test(fault),
  )
  const unsent = failed.filter(({ status }) => status !== 'sent')

  expect(new Set(unsent.map(({ code, delivery }) => `${code} ${delivery}`))).toEqual(
    new Set(['UNAVAILABLE not_sent']),
  )
  expect(new Set(unsent.map(({ channel }) => channel)).size).toBe(4)
})

it('is what `npm run faults -- --write` writes to the docs', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(toPage(outcomes))
})

it.each([
  [{ status: 'sent', delivery: null, accepted: false }, true],
  [{ status: 'failed', delivery: 'not_sent', accepted: true }, true],
  [{ status: 'sent', delivery: null, accepted: true }, false],
  [{ status: 'failed', delivery: 'not_sent', accepted: false }, false],
  [{ status: 'failed', delivery: 'unknown', accepted: true }, false],
  [{ status: 'failed', delivery: 'unknown', accepted: false }, false],
] as const)('%j is a lie: %s', (said, expected) => {
  expect(isLie({ channel: 'email', fault: 'any', code: null, ...said })).toBe(expected)
})
