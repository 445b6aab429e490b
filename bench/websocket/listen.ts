/** Starts a server of the bench on a port of the system's choice. */
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { BACKLOG } from './contract.ts'

export async function listen(server: Server): Promise<number> {
  server.listen({ host: '127.0.0.1', port: 0, backlog: BACKLOG })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
