import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { NotifyError } from '../../src/index.ts'
import { NEW_STORY, readStory, writeStory, type Story } from '../../src/pipeline/story.ts'

const error = new NotifyError('UNAVAILABLE', 'The provider said no', {
  delivery: 'not_sent',
  retryAfterMs: 5,
})

describe('a story', () => {
  it('comes back as it was', () => {
    const story: Story = {
      attempts: [{ provider: 'smtp', at: 1, ms: 2.5, waitMs: 3, error }],
      waits: [{ at: 4, ms: 5, error }],
      counted: 2,
      since: 6,
      end: { status: 'failed', error },
    }

    expect(JSON.parse(JSON.stringify(readStory(writeStory(story))))).toEqual(
      JSON.parse(JSON.stringify(story)),
    )
  })

  it.each([
    ['very large', { providerId: 'p', text: 'x'.repeat(100_000) }],
    ['no JSON', { providerId: 'p', big: 5n }],
  ])('keeps the id of a receipt that is %s', (_, receipt) => {
    const text = writeStory({ ...NEW_STORY, end: { status: 'sent', receipt } })

    expect(readStory(text).end).toEqual({ status: 'sent', receipt: { providerId: 'p' } })
  })

  it('does not grow for ever', () => {
    const waits = Array.from({ length: 10_000 }, (_, at) => ({ at, ms: 1, error }))

    const read = readStory(writeStory({ ...NEW_STORY, waits }))

    expect(read.waits).toHaveLength(30)
    expect([read.waits[0]?.at, read.waits.at(-1)?.at]).toEqual([0, 9_999])
  })

  it('can be read whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const { attempts, waits, counted } = readStory(text)
        expect(Array.isArray(attempts) && Array.isArray(waits)).toBe(true)
        expect(typeof counted).toBe('number')
      }),
    )
  })
})
