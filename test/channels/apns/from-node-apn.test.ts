/** Notifications of the `apn` package, carried over or refused, never silently changed. */
import { expect, it } from 'vitest'
import { fromNodeApn } from '../../../src/channels/apns/index.ts'
import { NotifyError } from '../../../src/index.ts'
import { failures, newToken, startBench } from './bench.ts'

/** As the class of the package builds itself: setters that write into `aps`, defaults, and a `headers` method. */
class Notification {
  encoding = 'utf8'
  payload: object = {}
  compiled: string | false = false
  aps: Record<string, unknown> = {}
  priority = 10
  topic?: string
  collapseId?: string
  expiry: number
  readonly #noExpiry: number

  constructor(noExpiry: -1 | 0) {
    this.expiry = noExpiry
    this.#noExpiry = noExpiry
  }

  headers() {
    return this.expiry > this.#noExpiry ? { 'apns-expiration': this.expiry } : {}
  }
}

it('carries a plain notification over', async () => {
  await using bench = await startBench()
  const content = fromNodeApn({
    topic: 'com.example.app',
    alert: { title: 'T', body: 'B', 'loc-key': 'K', 'loc-args': ['1'] },
    badge: 3,
    sound: { name: 'ping.aiff', critical: 1, volume: 0.5 },
    expiry: 1_900_000_000,
    priority: 5,
    collapseId: 'c',
    threadId: 't',
    category: 'PARCEL',
    mutableContent: 1,
    interruptionLevel: 'active',
    targetContentIdentifier: 'w',
    payload: { parcel: 7 },
  })

  const result = await bench.notify.send('apns', { ...content, to: newToken() })

  expect(failures([result])).toEqual([])
  expect(bench.fake.accepted[0]).toMatchObject({
    type: 'alert',
    priority: 5,
    expiration: 1_900_000_000,
    collapseId: 'c',
    payload: {
      parcel: 7,
      aps: {
        alert: { title: 'T', body: 'B', 'loc-key': 'K', 'loc-args': ['1'] },
        badge: 3,
        sound: { name: 'ping.aiff', critical: 1, volume: 0.5 },
        'thread-id': 't',
        category: 'PARCEL',
        'mutable-content': 1,
        'interruption-level': 'active',
        'target-content-id': 'w',
      },
    },
  })
})

it.each([-1, 0] as const)('carries a Notification over whose default expiry is %i', (noExpiry) => {
  const note = new Notification(noExpiry)
  note.topic = 'com.example.app'
  note.aps = { alert: 'Parcel', badge: 1, sound: undefined, 'thread-id': 't' }
  note.payload = { parcel: 7 }

  expect(fromNodeApn(note)).toEqual({
    type: 'alert',
    topic: 'com.example.app',
    priority: 10,
    body: 'Parcel',
    badge: 1,
    threadId: 't',
    data: { parcel: 7 },
  })
})

it('keeps an expiry of 0 that means "try once"', () => {
  expect(fromNodeApn({ alert: 'T', expiry: 0 })).toMatchObject({ expiration: 0 })
})

it('makes a silent notification a background push with the priority it needs', () => {
  const note = new Notification(-1)
  note.aps = { 'content-available': 1 }

  expect(fromNodeApn(note)).toEqual({ type: 'background', priority: 5, contentAvailable: true })
})

it('carries a Live Activity over', async () => {
  await using bench = await startBench()
  const content = fromNodeApn({
    event: 'update',
    timestamp: 1_700_000_000,
    contentState: { minutes: 3 },
    staleDate: 1_700_000_100,
    relevanceScore: 75,
    alert: { title: 'T', body: 'B', sound: 'default' },
  })

  const result = await bench.notify.send('apns', { ...content, to: newToken() })

  expect(failures([result])).toEqual([])
  expect(bench.fake.accepted[0]?.payload).toEqual({
    aps: {
      event: 'update',
      timestamp: 1_700_000_000,
      'content-state': { minutes: 3 },
      'stale-date': 1_700_000_100,
      'relevance-score': 75,
      alert: { title: 'T', body: 'B', sound: 'default' },
    },
  })
})

it('carries mdm and raw payloads over', () => {
  expect(fromNodeApn({ mdm: 'magic', topic: 'uid' })).toEqual({ type: 'mdm', mdm: 'magic', topic: 'uid' })
  expect(fromNodeApn({ rawPayload: { aps: { alert: 'T' } } })).toEqual({
    type: 'alert',
    raw: { aps: { alert: 'T' } },
  })
})

it.each<[string, object, string]>([
  ['a badge that is text', { alert: 'T', badge: '3' }, 'badge'],
  ['a sound that is a number', { alert: 'T', sound: 7 }, 'sound'],
  ['a thread id that is a number', { alert: 'T', threadId: 7 }, 'threadId'],
  ['a misspelled property', { alert: 'T', bagde: 3 }, ''],
  ['an action, which Apple ignores', { alert: 'T', actionLocKey: 'PLAY' }, 'actionLocKey'],
  ['a broadcast', { alert: 'T', channelId: 'c' }, 'channelId'],
  ['an unknown key in aps', { aps: { alert: 'T', frobnicate: 1 } }, ''],
  ['an encoding other than UTF-8', { alert: 'T', encoding: 'utf16le' }, 'encoding'],
])('refuses %s instead of dropping it', (_, note, path) => {
  const convert = () => fromNodeApn(note)

  expect(convert).toThrow(NotifyError)
  try {
    convert()
  } catch (error) {
    const issues = NotifyError.isNotifyError(error) ? error.issues : undefined
    expect(error).toMatchObject({ code: 'INVALID_MESSAGE' })
    expect(issues?.map((issue) => issue.path)).toContain(path)
  }
})
