/** What the lane does when a connection or a push fails where it should not. */
import { expect, it } from 'vitest'
import { Lane } from '../../../src/channels/apns/lane.ts'
import type { ConnectionListener, OpenStream, StreamListener } from '../../../src/channels/apns/transport.ts'
import { FakeClock } from '../../../src/testing/fake-clock.ts'
import { turns } from './bench.ts'

const request = { headers: {}, body: '' }
const build = () => request

/** A lane whose connections open streams with `open`, and what became of each connection. */
function startLane(open: () => OpenStream) {
  const clock = new FakeClock()
  const ends: string[] = []
  const connect = (listener: ConnectionListener) => {
    setImmediate(() => listener.changed())
    return {
      free: 1,
      open,
      trust: () => undefined,
      drain: () => {
        ends.push('drained')
        listener.draining()
      },
      destroy: () => {
        ends.push('destroyed')
        listener.closed(undefined)
      },
    }
  }
  return { clock, ends, lane: new Lane({ transport: { connect }, maxQueue: 10, clock }) }
}

it('gives a push up that no connection can open, and drains them rather than losing what is in flight', async () => {
  const { lane, clock, ends } = startLane(() => {
    throw new TypeError('Invalid character in header content')
  })

  const sending = lane.send(build, new AbortController().signal)
  const failed = expect(sending).rejects.toMatchObject({ code: 'UNAVAILABLE', delivery: 'not_sent' })
  for (let second = 0; second < 60; second += 1) {
    await turns(2)
    await clock.advance(1000)
  }
  await failed

  expect(ends).toEqual(Array.from({ length: 6 }, () => 'drained'))
  await lane.close()
})

it('fails a push that cannot be built alone', async () => {
  const { lane, ends } = startLane(() => ({ cancel: () => 'unknown' }))
  const broken = () => {
    throw new Error('no signature')
  }

  const sending = lane.send(broken, new AbortController().signal)

  await expect(sending).rejects.toMatchObject({ code: 'DRIVER_FAILED', delivery: 'not_sent' })
  expect(ends).toEqual([])
  await lane.close()
})

it('opens no connection for a push that was given up while it waited for one', async () => {
  const { lane, clock, ends } = startLane(() => {
    throw new Error('broken')
  })
  const abort = new AbortController()

  const sending = lane.send(build, abort.signal)
  await turns(10)
  const before = ends.length
  const waiting = clock.pending
  abort.abort()

  await expect(sending).rejects.toMatchObject({ code: 'ABORTED', delivery: 'not_sent' })
  expect([before, waiting, clock.pending]).toEqual([2, 1, 0])
})

/** A lane whose connections take one push each; the ends of both are in the test's hands. */
function startNarrowLane() {
  const connections: ConnectionListener[] = []
  const streams: StreamListener[] = []
  const connect = (listener: ConnectionListener) => {
    connections.push(listener)
    let free = 0
    setImmediate(() => {
      free = 1
      listener.changed()
    })
    const open = (_: object, stream: StreamListener): OpenStream => {
      free = 0
      streams.push(stream)
      return { cancel: () => 'unknown' }
    }
    const ends = { drain: () => listener.draining(), destroy: () => listener.closed(undefined) }
    return {
      get free() {
        return free
      },
      open,
      trust: () => undefined,
      ...ends,
    }
  }
  const lane = new Lane({ transport: { connect }, maxQueue: 10, clock: new FakeClock() })
  return { lane, connections, streams }
}

const tlsError = () => Object.assign(new Error('bad record mac'), { code: 'ERR_SSL_BAD_RECORD_MAC' })

it('keeps what waits where a connection that worked breaks by a TLS error: the next may be sound', async () => {
  const { lane, connections, streams } = startNarrowLane()
  const { signal } = new AbortController()
  const [first, waiting] = [lane.send(build, signal), lane.send(build, signal)]
  await turns(2)

  streams[0]?.lost({ delivery: 'unknown', cause: tlsError() })
  connections[0]?.closed(tlsError())
  await expect(first).rejects.toMatchObject({ delivery: 'unknown' })
  await turns(2)
  streams[1]?.replied({ status: 200, headers: {}, body: '' })

  expect((await waiting).reply.status).toBe(200)
  await lane.close()
})

it('names no failure of long ago as the cause of a wait for a free stream', async () => {
  const { lane, connections } = startNarrowLane()
  const abort = new AbortController()
  const sent = lane.send(build, new AbortController().signal).catch((error: unknown) => error)
  connections[0]?.closed(new Error('reset'))
  await turns(2)
  const waiting = lane.send(build, abort.signal).catch((error: unknown) => error)

  abort.abort()
  await lane.close()

  expect(await waiting).toMatchObject({ code: 'ABORTED', delivery: 'not_sent' })
  expect(await waiting).not.toHaveProperty('cause', expect.anything())
  expect(await sent).toMatchObject({ code: 'CLOSED' })
})
