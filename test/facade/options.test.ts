import { describe, expect, it } from 'vitest'
import { createNotify, type NotifyError } from '../../src/index.ts'
import { MemoryNotifier } from '../support/memory-notifier.ts'

describe('createNotify', () => {
  it('names every wrong option at once', () => {
    const options = { channels: { email: {} }, debgu: true, deadlineMs: 0, clock: 1 }

    expect(() => createNotify(options as never)).toThrow(
      /deadlineMs: expected milliseconds.*|clock: expected.*|debgu: is not an option.*|channels\.email: expected a driver/,
    )
    try {
      createNotify(options as never)
    } catch (error) {
      const paths = (error as NotifyError).issues?.map(({ path }) => path)
      expect(paths).toEqual(['debgu', 'deadlineMs', 'clock', 'channels.email'])
    }
  })

  it.each([undefined, null, 'x', {}, { channels: null }, { channels: [] }])(
    'refuses %j as options',
    (options) => {
      expect(() => createNotify(options as never)).toThrow(
        expect.objectContaining({ code: 'INVALID_CONFIG' }) as Error,
      )
    },
  )

  it('takes a driver of another copy of the package', async () => {
    const foreign = Object.create({ [Symbol.for('notiwire.Notifier')]: true }) as MemoryNotifier
    Object.assign(foreign, {
      provider: 'foreign',
      parse: (input: unknown) => input,
      send: () => Promise.resolve({ providerId: '1', at: 0 }),
      close: () => Promise.resolve(),
    })
    const notify = createNotify({ channels: { foreign } })

    expect(await notify.send('foreign', { to: 'someone' })).toMatchObject({ status: 'sent' })
  })
})
