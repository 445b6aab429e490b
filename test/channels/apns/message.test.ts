/** What a message becomes on the wire, and which messages never get there. */
import { expect, it } from 'vitest'
import type { ApnsMessageInput } from '../../../src/channels/apns/index.ts'
import { failures, newToken, startBench } from './bench.ts'

function cyclic(): object {
  const data = { first: 1, self: {} }
  data.self = data
  return data
}

function deep(levels: number): object {
  let data = {}
  for (let level = 0; level < levels; level += 1) data = { inner: data }
  return data
}

const state = { driver: 'Ann', minutes: 4 }

it.each<[string, Partial<ApnsMessageInput>, object, object]>([
  [
    'an alert with everything',
    {
      title: 'T',
      subtitle: 'S',
      body: 'B',
      titleLocKey: 'TK',
      titleLocArgs: ['1'],
      subtitleLocKey: 'SK',
      subtitleLocArgs: ['2'],
      locKey: 'LK',
      locArgs: ['3'],
      launchImage: 'L.png',
      badge: 0,
      sound: { name: 'siren.caf', critical: true, volume: 0.5 },
      threadId: 'thread',
      category: 'PARCEL',
      targetContentId: 'window',
      filterCriteria: 'work',
      interruptionLevel: 'time-sensitive',
      relevanceScore: 0.7,
      contentAvailable: true,
      mutableContent: true,
      urlArgs: ['a'],
      data: { parcel: 7, nested: { deep: [null, true] } },
      priority: 5,
      expiration: 0,
      collapseId: 'parcel 7',
    },
    { type: 'alert', topic: 'com.example.app', priority: 5, expiration: 0, collapseId: 'parcel 7' },
    {
      parcel: 7,
      nested: { deep: [null, true] },
      aps: {
        alert: {
          title: 'T',
          subtitle: 'S',
          body: 'B',
          'title-loc-key': 'TK',
          'title-loc-args': ['1'],
          'subtitle-loc-key': 'SK',
          'subtitle-loc-args': ['2'],
          'loc-key': 'LK',
          'loc-args': ['3'],
          'launch-image': 'L.png',
        },
        badge: 0,
        sound: { name: 'siren.caf', critical: 1, volume: 0.5 },
        'thread-id': 'thread',
        category: 'PARCEL',
        'target-content-id': 'window',
        'filter-criteria': 'work',
        'interruption-level': 'time-sensitive',
        'relevance-score': 0.7,
        'content-available': 1,
        'mutable-content': 1,
        'url-args': ['a'],
      },
    },
  ],
  [
    'a background push',
    { type: 'background', data: { sync: 1 } },
    { type: 'background', topic: 'com.example.app', priority: 5 },
    { sync: 1, aps: { 'content-available': 1 } },
  ],
  ['a call', { type: 'voip', data: { call: 1 } }, { topic: 'com.example.app.voip' }, { call: 1, aps: {} }],
  ['a location query', { type: 'location' }, { topic: 'com.example.app.location-query' }, { aps: {} }],
  ['a complication', { type: 'complication' }, { topic: 'com.example.app.complication' }, { aps: {} }],
  [
    'a file provider signal',
    { type: 'fileprovider', data: { 'container-identifier': 'c' } },
    { topic: 'com.example.app.pushkit.fileprovider' },
    { 'container-identifier': 'c', aps: {} },
  ],
  [
    'an mdm wake-up',
    { type: 'mdm', mdm: 'magic', topic: 'com.apple.mgmt.External.1' },
    { type: 'mdm', topic: 'com.apple.mgmt.External.1' },
    { mdm: 'magic' },
  ],
  ['push to talk', { type: 'pushtotalk' }, { topic: 'com.example.app.voip-ptt' }, { aps: {} }],
  [
    'widgets',
    { type: 'widgets' },
    { topic: 'com.example.app.push-type.widgets' },
    { aps: { 'content-changed': true } },
  ],
  [
    'controls',
    { type: 'controls' },
    { topic: 'com.example.app.push-type.controls' },
    { aps: { 'content-changed': true } },
  ],
  [
    'the start of a Live Activity',
    {
      type: 'liveactivity',
      liveActivity: {
        event: 'start',
        timestamp: 1_700_000_000,
        attributesType: 'Ride',
        attributes: { id: 1 },
        contentState: state,
        alert: { title: 'T', body: 'B', sound: 'default' },
        inputPushToken: true,
      },
    },
    { type: 'liveactivity', topic: 'com.example.app.push-type.liveactivity' },
    {
      aps: {
        timestamp: 1_700_000_000,
        event: 'start',
        'content-state': state,
        alert: { title: 'T', body: 'B', sound: 'default' },
        'attributes-type': 'Ride',
        attributes: { id: 1 },
        'input-push-token': 1,
      },
    },
  ],
  [
    'the end of a Live Activity',
    {
      type: 'liveactivity',
      liveActivity: {
        event: 'end',
        timestamp: new Date(1_700_000_000_999),
        staleDate: 1_700_000_100,
        dismissalDate: new Date(1_700_000_200_000),
        relevanceScore: 75,
      },
    },
    { type: 'liveactivity' },
    {
      aps: {
        timestamp: 1_700_000_000,
        event: 'end',
        'stale-date': 1_700_000_100,
        'relevance-score': 75,
        'dismissal-date': 1_700_000_200,
      },
    },
  ],
  ['a raw payload', { raw: { aps: { alert: 'T' }, x: 1 } }, { type: 'alert' }, { aps: { alert: 'T' }, x: 1 }],
])('sends %s', async (_, message, headers, payload) => {
  await using bench = await startBench()
  const title = message.type === undefined && !message.raw ? {} : { title: undefined }

  const result = await bench.send({ ...title, ...message })

  expect(failures([result])).toEqual([])
  expect(bench.fake.accepted[0]).toMatchObject(headers)
  expect(bench.fake.accepted[0]?.payload).toEqual(payload)
})

it('takes an update of a Live Activity for made now', async () => {
  await using bench = await startBench()

  await bench.send({
    title: undefined,
    type: 'liveactivity',
    liveActivity: { event: 'update', contentState: state },
  })

  const timestamp = Math.floor(bench.clock.now() / 1000)
  expect(bench.fake.accepted[0]?.payload).toEqual({
    aps: { timestamp, event: 'update', 'content-state': state },
  })
})

it('sends expirations as epoch seconds, whatever form they are given in', async () => {
  await using bench = await startBench()
  const now = Math.floor(bench.clock.now() / 1000)

  await bench.send({ expiration: new Date(1_900_000_000_500) })
  await bench.send({ expiration: 1_900_000_000 })
  await bench.send({ expiration: { ttlSeconds: 60 } })
  await bench.send()

  const sent = bench.fake.accepted.map(({ expiration }) => expiration)
  expect(sent).toEqual([1_900_000_000, 1_900_000_000, now + 60, undefined])
})

it.each<[string, object, string]>([
  ['milliseconds for seconds', { title: 'T', expiration: 1_900_000_000_000 }, 'expiration'],
  ['a badge that is not a whole number', { badge: 1.5 }, 'badge'],
  ['a critical sound without a name', { sound: { critical: true } }, 'sound'],
  ['a volume above 1', { sound: { name: 's', volume: 2 } }, 'sound.volume'],
  ['a collapse id of 65 bytes', { title: 'T', collapseId: 'x'.repeat(65) }, 'collapseId'],
  ['a collapse id in Chinese', { title: 'T', collapseId: '你好' }, 'collapseId'],
  ['a collapse id that ends in a space', { title: 'T', collapseId: 'parcel ' }, 'collapseId'],
  ['a collapse id with a line break', { title: 'T', collapseId: 'a\r\nb' }, 'collapseId'],
  ['a topic with a line break', { title: 'T', topic: 'com.example.app\n' }, 'topic'],
  ['a topic that Latin-1 cannot write', { title: 'T', topic: 'com.example.Āpp' }, 'topic'],
  ['an expiration before 1970', { title: 'T', expiration: new Date(-1) }, 'expiration'],
  ['data that holds itself', { title: 'T', data: cyclic() }, 'data'],
  ['data 10,000 levels deep', { title: 'T', data: deep(10_000) }, 'data'],
  ['an apns-id that is no UUID', { title: 'T', apnsId: '42' }, 'apnsId'],
  ['data named aps', { title: 'T', data: { aps: {} } }, 'data'],
  ['a priority that does not exist', { title: 'T', priority: 7 }, 'priority'],
  ['a background push with a title', { type: 'background', title: 'T' }, 'title'],
  ['a background push with priority 10', { type: 'background', priority: 10 }, 'priority'],
  ['a push type that does not exist', { type: 'sms', title: 'T' }, 'type'],
  ['a topic of another push type', { title: 'T', topic: 'com.example.app.voip' }, 'topic'],
  ['a topic without its suffix', { type: 'voip', topic: 'com.example.app' }, 'topic'],
  ['an mdm push without a topic', { type: 'mdm', mdm: 'magic' }, 'topic'],
  ['an mdm push without its magic', { type: 'mdm', topic: 'uid' }, 'mdm'],
  ['a Live Activity without one', { type: 'liveactivity' }, 'liveActivity'],
  ['a Live Activity in an alert', { title: 'T', liveActivity: { event: 'end' } }, 'liveActivity'],
  ['a start without attributes', { type: 'liveactivity', liveActivity: { event: 'start' } }, 'liveActivity'],
  ['a title beside raw', { raw: { aps: {} }, title: 'T' }, 'title'],
  ['a device token with a space', { to: `${'ab'.repeat(31)} c`, title: 'T' }, 'to'],
  ['an odd device token', { to: 'abc'.repeat(9), title: 'T' }, 'to'],
])('refuses %s, naming the field', async (_, message, path) => {
  await using bench = await startBench()

  const wrong = { to: newToken(), ...message } as ApnsMessageInput
  const result = await bench.notify.send('apns', wrong)

  const [error] = failures([result])
  expect(error).toMatchObject({ code: 'INVALID_MESSAGE', delivery: 'not_sent' })
  expect(error?.issues?.some((issue) => issue.path.startsWith(path))).toBe(true)
  expect(bench.fake.connectionsMade).toBe(0)
})

it('refuses with a certificate what only a token key may send', async () => {
  await using bench = await startBench()
  await using other = await startBench({ config: { auth: bench.fake.certificate } })

  const result = await other.send({ title: undefined, type: 'location' })

  expect(failures([result])[0]?.message).toContain('token key')
})

it.each([
  ['alert', { body: 'x'.repeat(4060) }, 4096],
  ['voip', { data: { blob: 'x'.repeat(5110) } }, 5120],
] as const)('refuses an oversized %s before sending and says what is large', async (type, content, limit) => {
  await using bench = await startBench()

  const result = await bench.notify.send('apns', { to: newToken(), type, threadId: 'thread', ...content })

  const [error] = failures([result])
  expect(error).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', delivery: 'not_sent' })
  expect(error?.message).toMatch(new RegExp(`has \\d+ bytes, ${type} takes ${limit}; .*(body|blob) \\d{4},`))
  expect(result.attempts).toEqual([])
  expect(bench.fake.connectionsMade).toBe(0)
})

it('names at most five of the large keys, none at length, and no address', async () => {
  await using bench = await startBench()
  const keys = ['ann@example.com', '13800138000', 'k'.repeat(900), 'a', 'b', 'c', 'd']
  const data = Object.fromEntries(keys.map((key) => [key, 'x'.repeat(900)]))

  const [error] = failures([await bench.send({ data })])

  expect(error?.code).toBe('PAYLOAD_TOO_LARGE')
  expect(error?.message).not.toMatch(/ann@|13800138000|k{41}/)
  expect(error?.message.match(/ 902/g)?.length).toBeLessThanOrEqual(5)
})

it('counts bytes, not characters', async () => {
  await using bench = await startBench()

  const fits = await bench.send({ title: '汉'.repeat(1300) })
  const tooLarge = await bench.send({ title: '汉'.repeat(1360) })

  expect(fits.status).toBe('sent')
  expect(failures([tooLarge])[0]?.code).toBe('PAYLOAD_TOO_LARGE')
})

it('keeps the apns-id of a message that is sent again under its key, and tells devices apart', async () => {
  await using bench = await startBench()
  const [to, other] = [newToken(), newToken()]

  const first = await bench.send({ to }, { idempotencyKey: 'order-7' })
  const again = await bench.send({ to }, { idempotencyKey: 'order-7' })
  await bench.send({ to: other }, { idempotencyKey: 'order-7' })
  const plain = await bench.send({ to })
  await bench.send({ to, apnsId: '123E4567-E89B-12D3-A456-4266554400A0' })

  const ids = bench.fake.accepted.map(({ apnsId }) => apnsId)
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(ids[1]).toBe(ids[0])
  expect(ids[2]).not.toBe(ids[0])
  expect(ids[3]).toBe(plain.id)
  expect(ids[4]).toBe('123E4567-E89B-12D3-A456-4266554400A0')
  expect([first, again].map((result) => result.status === 'sent' && result.receipt.providerId)).toEqual([
    ids[0],
    ids[0],
  ])
})

it('says in the receipt where the push went and how to look it up', async () => {
  await using bench = await startBench()

  const result = await bench.send()

  expect(result).toMatchObject({
    status: 'sent',
    provider: 'apns',
    receipt: { providerId: result.id, environment: 'sandbox', uniqueId: expect.any(String) as string },
  })
})
