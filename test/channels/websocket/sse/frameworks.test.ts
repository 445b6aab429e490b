import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import fastify from 'fastify'
import { expect, it } from 'vitest'
import { MemoryBroker } from '../../../../src/channels/websocket/broker/memory-broker.ts'
import { websocket, type WebSocketDriver } from '../../../../src/channels/websocket/index.ts'
import { systemClock } from '../../../../src/core/clock.ts'
import { KEY } from '../support/hub.ts'
import { openStream, post, requestStream, ticketFor } from './support/stream.ts'

interface Program {
  readonly port: number
  readonly close: () => Promise<unknown>
}

type Mount = (driver: WebSocketDriver) => Promise<Program>

const portOf = (server: Server) => (server.address() as AddressInfo).port

async function serve(listener: RequestListener): Promise<Program> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: portOf(server), close: () => new Promise((resolve) => server.close(resolve)) }
}

const hello: express.RequestHandler = (_request, response) => void response.send('hello')

class EmptyModule {}
Module({})(EmptyModule)

const MOUNTS: Readonly<Record<string, Mount>> = {
  'node:http': (driver) =>
    serve((request, response) => driver.handle(request, response, () => response.end('hello'))),
  Express: (driver) => serve(express().use(driver.handle).get('/hello', hello)),
  'Express, under a prefix': (driver) => serve(express().use('/push', driver.handle).get('/hello', hello)),
  'Express, after parsers of texts and JSON': (driver) =>
    serve(express().use(express.json(), express.text(), driver.handle).get('/hello', hello)),
  'Express, after a parser of bytes': (driver) =>
    serve(
      express()
        .use(express.raw({ type: '*/*' }), driver.handle)
        .get('/hello', hello),
    ),
  'Express, after a parser that leaves an empty object': (driver) => {
    const app = express().use((request, _response, next) => {
      request.body = {}
      next()
    })
    return serve(app.use(driver.handle).get('/hello', hello))
  },
  'Fastify, as a hook': async (driver) => {
    const app = fastify()
    app.addHook('onRequest', (request, reply, done) => driver.handle(request.raw, reply.raw, done))
    app.get('/hello', () => 'hello')
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { port: portOf(app.server), close: () => app.close() }
  },
  'Fastify, as a route': async (driver) => {
    const app = fastify()
    app.all('/push/*', (request, reply) => {
      reply.hijack()
      driver.handle(Object.assign(request.raw, { body: request.body }), reply.raw)
    })
    app.get('/hello', () => 'hello')
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { port: portOf(app.server), close: () => app.close() }
  },
  Nest: async (driver) => {
    const app = await NestFactory.create(EmptyModule, { logger: false })
    app.use(driver.handle)
    app.use('/hello', hello)
    await app.listen(0, '127.0.0.1')
    return { port: portOf(app.getHttpServer() as Server), close: () => app.close() }
  },
}

it.each(Object.entries(MOUNTS))(
  'tickets, streams and acknowledgements work in %s, beside the routes',
  async (_name, mount) => {
    const acked: number[] = []
    const driver = websocket({
      jwt: { keys: [KEY] },
      onAcknowledged: ({ offset }) => void acked.push(offset),
    })
    const { port, close } = await mount(driver)
    const token = driver.issueToken({ user: '1001' })

    const stream = await openStream(port, { ticket: await ticketFor(port, token) })
    const json = { 'content-type': 'application/json' }
    const acks = [['#1001', 0, stream.connect.subs['#1001']?.['epoch']]]
    const answer = await post(port, '/push/ack', {
      body: { session: stream.connect.session, acks },
      headers: json,
    })
    const text = await post(port, '/push/ack', { body: { session: stream.connect.session, acks } })
    const bad = await post(port, '/push/ticket', { body: '{"token":' })
    const other = await fetch(`http://127.0.0.1:${port}/hello`)

    expect([answer.status, text.status, bad.status]).toEqual([200, 200, 400])
    expect(acked).toEqual([0, 0])
    expect(await other.text()).toBe('hello')
    expect(driver.connections).toBe(1)
    await driver.close()
    await stream.ended
    expect(stream.pushes).toEqual([{ disconnect: { code: 3001, reason: 'shutdown' } }])
    await close()
  },
)

it('answers 404 where nobody is next', async () => {
  const driver = websocket({ jwt: { keys: [KEY] } })
  const { port, close } = await serve((request, response) => driver.handle(request, response))

  const answer = await fetch(`http://127.0.0.1:${port}/push`)

  expect(answer.status).toBe(404)
  await driver.close()
  await close()
})

it('tells who has read the body before it, and lost it', async () => {
  const told: unknown[] = []
  const driver = websocket({ jwt: { keys: [KEY] }, onError: (error) => void told.push(error) })
  const { port, close } = await serve((request, response) => {
    request.resume().once('end', () => driver.handle(request, response))
  })

  const answer = await post(port, '/push/ticket', { body: { token: driver.issueToken({ user: '1001' }) } })

  expect([answer.status, answer.body]).toEqual([500, { code: 100, message: 'internal server error' }])
  expect(told).toMatchObject([{ code: 'INVALID_CONFIG' }])
  expect(String(told[0])).toContain('leave its result in request.body')
  await driver.close()
  await close()
})

it('outlives the timeout that a server has for idle connections', async () => {
  const driver = websocket({ jwt: { keys: [KEY] } })
  const sockets: Socket[] = []
  const server = createServer(driver.handle).on('connection', (socket) => sockets.push(socket))
  server.timeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)

  const refused = await requestStream(port)
  const stream = await openStream(port, { ticket: await driver.issueTicket({ user: '1001' }) })

  expect(refused.status).toBe(401)
  expect(sockets.map(({ timeout }) => timeout)).toEqual([60_000, 0])
  stream.close()
  await driver.close()
  server.close()
})

it('serves nobody in a process that only sends', async () => {
  const driver = websocket({ server: false, broker: new MemoryBroker({ clock: systemClock }) })
  const { port, close } = await serve((request, response) => driver.handle(request, response))

  const answer = await fetch(`http://127.0.0.1:${port}/push/ticket`, { method: 'POST', body: '{}' })

  expect(answer.status).toBe(404)
  await driver.close()
  await close()
})
