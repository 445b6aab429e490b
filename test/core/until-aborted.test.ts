import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { untilAborted } from '../../src/core/until-aborted.ts'

it('gives what the work gives, and leaves no listener behind', async () => {
  const { signal } = new AbortController()

  expect(await untilAborted(Promise.resolve(7), signal)).toBe(7)
  await expect(untilAborted(Promise.reject(new Error('x')), signal)).rejects.toThrow('x')
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

it('stops waiting when the signal aborts, or already has, and says that nothing was sent', async () => {
  const abort = new AbortController()
  const never = new Promise<never>(() => undefined)

  const waiting = untilAborted(never, abort.signal)
  abort.abort()

  await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', delivery: 'not_sent' })
  await expect(untilAborted(never, abort.signal)).rejects.toMatchObject({ code: 'ABORTED' })
})

it('leaves no unhandled rejection when the work fails after the abort', async () => {
  let fail: (error: Error) => void = () => undefined
  const work = new Promise<never>((_, reject) => {
    fail = reject
  })

  await expect(untilAborted(work, AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' })
  fail(new Error('late'))
  await expect(work).rejects.toThrow('late')
})
