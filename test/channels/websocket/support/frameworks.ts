/** Small programs of the frameworks that people use, each with one route `/hello`, not yet listening. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import fastify, { type FastifyInstance } from 'fastify'
import { TLS_CERT, TLS_KEY } from './tls.ts'

export interface Program {
  /** As a user of the framework finds it. */
  readonly server: Server
  /** The framework's own way to listen, on 127.0.0.1 unless told otherwise. */
  listen(host?: string): Promise<number>
  /** The framework's own way to close. */
  close(): Promise<void>
}

export type StartProgram = () => Promise<Program>

const TLS = { key: TLS_KEY, cert: TLS_CERT }
const HELLO = 'hello'

class HelloController {
  hello(): string {
    return HELLO
  }
}

class HelloModule {}

/** What the decorators of a class do, without their syntax. */
function decorate(): typeof HelloModule {
  const { prototype } = HelloController
  Controller()(HelloController)
  Get('hello')(prototype, 'hello', Object.getOwnPropertyDescriptor(prototype, 'hello') ?? {})
  Module({ controllers: [HelloController] })(HelloModule)
  return HelloModule
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

function serving(server: Server): Program {
  return {
    server,
    listen: async (host = '127.0.0.1') => {
      server.listen(0, host)
      await once(server, 'listening')
      return portOf(server)
    },
    close: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}

function expressApp() {
  const app = express()
  app.get('/hello', (_request, response) => void response.send(HELLO))
  return app
}

function servingFastify(app: FastifyInstance): Program {
  app.get('/hello', () => HELLO)
  return {
    server: app.server,
    listen: async (host = '127.0.0.1') => {
      await app.listen({ port: 0, host })
      return portOf(app.server)
    },
    close: () => app.close(),
  }
}

async function startNest(httpsOptions?: typeof TLS): Promise<Program> {
  const options = { logger: false as const, ...(httpsOptions && { httpsOptions }) }
  const app = await NestFactory.create(decorate(), options)
  return {
    server: app.getHttpServer() as Server,
    listen: async (host = '127.0.0.1') => {
      await app.listen(0, host)
      return portOf(app.getHttpServer() as Server)
    },
    close: () => app.close(),
  }
}

export const PROGRAMS: Readonly<Record<'Express' | 'Fastify' | 'Nest', StartProgram>> = {
  Express: () => Promise.resolve(serving(createServer(expressApp()))),
  Fastify: () => Promise.resolve(servingFastify(fastify())),
  Nest: () => startNest(),
}

export const TLS_PROGRAMS: typeof PROGRAMS = {
  Express: () => Promise.resolve(serving(createTlsServer(TLS, expressApp()))),
  Fastify: () => Promise.resolve(servingFastify(fastify({ https: TLS }) as unknown as FastifyInstance)),
  Nest: () => startNest(TLS),
}
