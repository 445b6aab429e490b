import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readMeta, writeMeta } from '../../../src/channels/websocket/fan-out-meta.ts'

const meta = fc.record(
  {
    except: fc.string(),
    isDroppable: fc.boolean(),
    ask: fc.tuple(fc.string(), fc.string()),
  },
  { requiredKeys: [] },
)

it('reads what was written, and nothing is written where there is nothing to say', () => {
  fc.assert(
    fc.property(meta, (said) => {
      const written = writeMeta(said)

      if (said.except === undefined && said.isDroppable !== true && said.ask === undefined) {
        expect(written).toBe(undefined)
      } else expect(readMeta(written)).toEqual(said)
    }),
  )
})

it('writes nothing of a message that is not droppable, and sent to everyone who listens', () => {
  expect(writeMeta({ isDroppable: false })).toBe(undefined)
  expect(writeMeta({ except: undefined, isDroppable: undefined, ask: undefined })).toBe(undefined)
})

it('takes anything that it does not understand for nothing said', () => {
  const wrong = fc.record(
    { except: fc.anything(), isDroppable: fc.anything(), ask: fc.anything() },
    { requiredKeys: [] },
  )
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    wrong.map((value) => asJson(value)),
  )
  fc.assert(
    fc.property(text, (said) => {
      const { except, isDroppable, ask, ...more } = readMeta(said)

      expect(more).toEqual({})
      expect(['string', 'undefined']).toContain(typeof except)
      expect(['boolean', 'undefined']).toContain(typeof isDroppable)
      expect(ask === undefined || ask.every((part) => typeof part === 'string')).toBe(true)
    }),
    { numRuns: 500 },
  )
})

it.each([
  '{"__proto__":{"isDroppable":true}}',
  '{"isDroppable":"yes"}',
  '{"except":7}',
  '{"ask":["node"]}',
  '{"ask":["node","id","more"]}',
  'null',
  '',
  '{',
])('says nothing by %s', (said) => {
  expect(readMeta(said).isDroppable).toBe(undefined)
  expect(readMeta(said)).toEqual({})
})

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part))
  } catch {
    return ''
  }
}
