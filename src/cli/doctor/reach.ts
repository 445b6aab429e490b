/** Whether the host has an address, and whether something listens there. */
import { lookup } from 'node:dns/promises'
import { connect, isIP, type Socket } from 'node:net'
import { failed, ok, skipped, type Finding } from './finding.ts'
import { codeOf, destroyWith, within, type Limits } from './within.ts'

export interface Place {
  readonly host: string
  readonly port: number
}

export interface Reach {
  readonly findings: readonly Finding[]
  readonly isReached: boolean
}

export async function checkReach(place: Place, limits: Limits): Promise<Reach> {
  const dns = await checkDns(place, limits)
  if (dns.status === 'failed') {
    return { findings: [dns, skipped('tcp', 'no address to connect to')], isReached: false }
  }
  const tcp = await checkTcp(place, limits)
  return { findings: [dns, tcp], isReached: tcp.status === 'ok' }
}

/** A connection that is made, in the clear. */
export function openSocket({ host, port }: Place, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    destroyWith(socket, signal)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
    socket.once('connect', () => resolve(socket))
  })
}

async function checkDns({ host }: Place, limits: Limits): Promise<Finding> {
  if (isIP(host) !== 0) return ok('dns', `${host} is an address`)
  try {
    const addresses = await within(limits, () => lookup(host, { all: true }))
    return ok('dns', `${host} is ${addresses.map(({ address }) => address).join(', ')}`)
  } catch (cause) {
    const providerCode = codeOf(cause)
    const isUnknown = providerCode === 'ENOTFOUND'
    return failed('dns', {
      message: isUnknown ? `no host is called ${host}` : `the name ${host} could not be looked up`,
      fix: isUnknown
        ? `Correct the host name ${host}, or make it known to this machine's DNS`
        : 'Check the DNS servers of this machine (/etc/resolv.conf) and that it may reach them',
      code: 'UNAVAILABLE',
      providerCode,
    })
  }
}

async function checkTcp(place: Place, limits: Limits): Promise<Finding> {
  const { host, port } = place
  try {
    const socket = await within(limits, (signal) => openSocket(place, signal))
    socket.destroy()
    return ok('tcp', `${host}:${port} accepts connections`)
  } catch (cause) {
    const providerCode = codeOf(cause)
    const message = `${host}:${port} accepts no connection (${providerCode})`
    return failed('tcp', { message, fix: tcpFix(place, providerCode), code: 'UNAVAILABLE', providerCode })
  }
}

function tcpFix({ host, port }: Place, code: string): string {
  if (code === 'ECONNREFUSED') return `Nothing listens on port ${port}: correct the port, or start the server`
  if (port === 25) return 'Use port 587 or 465: most clouds block port 25'
  return `Let this machine reach ${host}:${port}: check firewall, security group and proxy`
}
