import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  eventIdOf,
  positionOf,
  publicationFrame,
  publicationsText,
} from '../../../src/channels/websocket/publication-frame.ts'

const position = { offset: 7, epoch: 'e1' }
const read = (text: string) => JSON.parse(text) as unknown

describe('a publication as its subscribers get it', () => {
  it('has its offset where the channel keeps a history', () => {
    const frame = publicationFrame({ channel: '#1001', kind: 'pub', data: '{"id":"m"}', position })

    expect(frame.text).toBe('{"push":{"channel":"#1001","pub":{"data":{"id":"m"},"offset":7}}}')
  })

  it('has none where the channel keeps nothing', () => {
    const frame = publicationFrame({ channel: '@all', kind: 'pub', data: '1' })

    expect(frame.text).toBe('{"push":{"channel":"@all","pub":{"data":1}}}')
    expect(frame.eventId).toBe(undefined)
  })

  it('begins an event stream anew in the personal channel alone', () => {
    const ids = ['#1001', 'orders', '@all'].map(
      (channel) => publicationFrame({ channel, kind: 'pub', data: '1', position }).eventId,
    )

    expect(ids).toEqual(['e1.7', undefined, undefined])
  })

  it.each(['join', 'leave'] as const)('tells of a %s what is known of who it was', (kind) => {
    const frame = publicationFrame({ channel: 'room', kind, data: '{"client":"c","user":"u"}' })

    expect(read(frame.text)).toEqual({
      push: { channel: 'room', [kind]: { info: { client: 'c', user: 'u' } } },
    })
  })

  it('is one line of JSON, whatever the channel is called and whatever it says', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), fc.nat(), (channel, value, offset) => {
        const data = JSON.stringify(value)
        const { text } = publicationFrame({ channel, kind: 'pub', data, position: { offset, epoch: 'e' } })

        expect(text).not.toContain('\n')
        expect(read(text)).toEqual({ push: { channel, pub: { data: JSON.parse(data) as unknown, offset } } })
      }),
    )
  })
})

it('lists kept publications as a JSON array', () => {
  expect(publicationsText([])).toBe('[]')
  expect(
    read(
      publicationsText([
        { data: '{"a":1}', offset: 1 },
        { data: 'null', offset: 2 },
      ]),
    ),
  ).toEqual([
    { data: { a: 1 }, offset: 1 },
    { data: null, offset: 2 },
  ])
})

describe('an event id', () => {
  it('holds an epoch of 64 characters, with dots in it', () => {
    const position = { epoch: `${'e'.repeat(30)}.1.${'e'.repeat(31)}`, offset: 2 }

    expect(positionOf(eventIdOf(position))).toEqual(position)
  })

  it('says where the stream goes on, whatever the epoch is', () => {
    const epoch = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 1,
      maxLength: 64,
    })
    fc.assert(
      fc.property(epoch, fc.nat({ max: 999_999_999_999_999 }), (name, offset) => {
        expect(positionOf(eventIdOf({ epoch: name, offset }))).toEqual({ epoch: name, offset })
      }),
    )
  })

  it.each([
    '',
    '.',
    '7',
    'e.',
    '.7',
    'e.-1',
    'e.1.',
    'e.1e3',
    'e.1234567890123456',
    'a b.1',
    `${'e'.repeat(65)}.1`,
    'é.1',
  ])('is none: %j', (id) => {
    expect(positionOf(id)).toBe(undefined)
  })
})
