/** Talks to a mail server as far as STARTTLS, without a login. Source: RFC 3207. */
import type { Socket } from 'node:net'
import type { Endpoint } from '../../core/endpoint.ts'
import { openSocket } from './reach.ts'

const MAX_REPLY_LENGTH = 65_536

export interface StartTls {
  readonly isOffered: boolean
  /** Ready for the handshake where it was offered; else to be destroyed. */
  readonly socket: Socket
}

/** @throws {Error} where the other side does not speak SMTP, or refuses */
export async function askStartTls(endpoint: Endpoint, signal: AbortSignal): Promise<StartTls> {
  const socket = await openSocket(endpoint, signal)
  try {
    await replyOf(socket, '220')
    const extensions = await ask(socket, 'EHLO notiwire.invalid', '250')
    const isOffered = /^250[ -]STARTTLS\s*$/im.test(extensions)
    if (isOffered) await ask(socket, 'STARTTLS', '220')
    return { isOffered, socket }
  } catch (cause) {
    socket.destroy()
    throw cause
  }
}

function ask(socket: Socket, command: string, expected: string): Promise<string> {
  socket.write(`${command}\r\n`)
  return replyOf(socket, expected)
}

/** A whole reply: the last line has a space after its code. */
function replyOf(socket: Socket, expected: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const done = (settle: () => void) => {
      socket.off('data', hear).off('error', reject).off('close', closed)
      settle()
    }
    const closed = () => reject(protocolError('the server closed the connection'))
    const hear = (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (!/^\d{3}(?: .*)?\r?\n$/m.test(text) && text.length < MAX_REPLY_LENGTH) return
      const isRight = text.startsWith(expected)
      done(() => (isRight ? resolve(text) : reject(protocolError(`the server answered ${told(text)}`))))
    }
    socket.on('data', hear).once('error', reject).once('close', closed)
  })
}

function told(text: string): string {
  return text.slice(0, 80).replace(/[^\x20-\x7e]+/g, ' ')
}

function protocolError(message: string): Error {
  return Object.assign(new Error(message), { code: 'EPROTOCOL' })
}
