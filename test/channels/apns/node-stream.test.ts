/** How a stream that ended without a reply says what APNs can have had of it. */
import { EventEmitter } from 'node:events'
import type { ClientHttp2Stream } from 'node:http2'
import { expect, it } from 'vitest'
import { NodeStream } from '../../../src/channels/apns/node-stream.ts'

const [DATA, HEADERS, WINDOW_UPDATE] = [0, 1, 8]

/** @param id absent where Node never gave the stream one */
function startStream(id: number | undefined) {
  const events = new EventEmitter()
  const stream = Object.assign(events, {
    id,
    rstCode: 2,
    end: () => undefined,
  }) as unknown as ClientHttp2Stream
  const listener = { replied: () => undefined, lost: () => undefined }
  return { events, pushed: new NodeStream({ stream, body: '', listener, onClose: () => undefined }) }
}

it('takes a stream that never got an id for unwritten', () => {
  expect(startStream(undefined).pushed.isUnwritten).toBe(true)
  expect(startStream(1).pushed.isUnwritten).toBe(false)
})

it.each([
  [DATA, true],
  [HEADERS, true],
  [WINDOW_UPDATE, false],
])('takes a stream whose frame of type %i could not be sent for unwritten: %s', (type, isUnwritten) => {
  const { events, pushed } = startStream(1)

  events.emit('frameError', type, 0, 1)

  expect(pushed.isUnwritten).toBe(isUnwritten)
})
