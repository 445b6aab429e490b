/** Replies in forms that APNs itself rarely uses, and replies that are noise. */
import fc from 'fast-check'
import {
  createSecureServer,
  sensitiveHeaders,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { fromReply } from '../../../src/channels/apns/errors.ts'
import { selfSigned } from '../../../src/channels/apns/fake-certificate.ts'
import { NotifyError } from '../../../src/index.ts'
import { failures, startBench } from './bench.ts'

const ID = 'eabeae54-14a8-11e5-b60b-1697f925ec7b'

/** What Node's types leave out. */
type SensitiveHeaders = Partial<Record<symbol, string[]>>

async function sendTo(
  answer: (stream: ServerHttp2Stream) => void,
  count = 1,
  look?: (headers: IncomingHttpHeaders) => void,
) {
  const tls = selfSigned('localhost')
  const server = createSecureServer({ ...tls, settings: { maxConcurrentStreams: 1 }, paddingStrategy: 1 })
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    look?.(headers)
    stream.on('error', () => undefined)
    answer(stream)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bench = await startBench({ config: { port: (server.address() as AddressInfo).port, ca: tls.cert } })
  for (let before = 1; before < count; before += 1) await bench.send()
  const result = await bench.send()
  await bench[Symbol.asyncDispose]()
  await new Promise((resolve) => server.close(resolve))
  return result
}

it('waits for the real reply after an informational one', async () => {
  const result = await sendTo((stream) => {
    stream.additionalHeaders({ ':status': 103 })
    stream.respond({ ':status': 200, 'apns-id': ID })
    stream.end()
  })

  expect(result.status).toBe('sent')
})

it('reads a reply with trailers, padding, many headers and a body in pieces', async () => {
  const headers = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [`x-filler-${at}`, 'x'.repeat(900)]),
  )

  const result = await sendTo((stream) => {
    stream.respond({ ':status': 410, ...headers }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-end': '1' }))
    stream.write('{"reason":"Unregistered",')
    stream.end('"timestamp":1700000000000}')
  })

  expect(failures([result])[0]).toMatchObject({
    code: 'RECIPIENT_REJECTED',
    since: new Date(1_700_000_000_000),
  })
})

it('believes the status of a reply that is cut off in its body', async () => {
  const result = await sendTo((stream) => {
    stream.respond({ ':status': 400 })
    stream.write('{"reason":"BadDev')
    setImmediate(() => stream.close(2))
  })

  expect(failures([result])[0]).toMatchObject({ code: 'DRIVER_FAILED', delivery: 'not_sent' })
})

it('counts a push as accepted from the moment the status 200 is here', async () => {
  const result = await sendTo((stream) => {
    stream.respond({ ':status': 200, 'apns-id': ID })
    stream.write('x')
    setImmediate(() => stream.close(2))
  })

  expect(result.status).toBe('sent')
})

it('frees the slot of an acceptance whose stream is left open', async () => {
  const result = await sendTo((stream) => {
    stream.respond({ ':status': 200, 'apns-id': ID })
  }, 3)

  expect(result.status).toBe('sent')
})

it('does not take a page with status 200 for an acceptance', async () => {
  const result = await sendTo((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'text/html' })
    stream.end('<html>Welcome</html>')
  })

  expect(failures([result])[0]).toMatchObject({
    code: 'DRIVER_FAILED',
    delivery: 'unknown',
    provider: { status: 200 },
  })
})

it('has HTTP/2 never index what is secret or different in each push', async () => {
  let sensitive: readonly string[] = []
  await sendTo(
    (stream) => {
      stream.respond({ ':status': 200, 'apns-id': ID }, { endStream: true })
    },
    1,
    (headers) => (sensitive = (headers as SensitiveHeaders)[sensitiveHeaders] ?? []),
  )

  expect(sensitive).toEqual(expect.arrayContaining(['apns-id', 'authorization']))
})

it('explains any reply, whatever its bytes', () => {
  const bodies = fc.oneof(fc.string(), fc.json(), fc.record({ reason: fc.anything() }).map(toJson))
  const header = fc.option(fc.string(), { nil: undefined })

  fc.assert(
    fc.property(fc.integer({ min: 201, max: 599 }), bodies, header, (status, body, retryAfter) => {
      const error = fromReply({ status, body, headers: { 'retry-after': retryAfter } }, 0)

      expect(NotifyError.isNotifyError(error)).toBe(true)
      expect(error.retryAfterMs ?? 0).toBeGreaterThanOrEqual(0)
    }),
  )
})

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    return ''
  }
}
