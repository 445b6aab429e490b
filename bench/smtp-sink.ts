/**
 * An SMTP server that takes every message and keeps none, in a process of its own: plain TCP, pipelining as Postfix
 * offers it, one write per read. It checks that each message is whole and addressed to its envelope's recipient.
 * Speaks with its parent over IPC: tells its port, and on any message what it has counted since the last one.
 */
import { createServer, type Socket } from 'node:net'

export interface SinkCount {
  /** Messages that were whole and went to the recipient their headers name. */
  readonly messages: number
  readonly bytes: number
  /** Recipients, each counted once. */
  readonly recipients: number
  /** Messages that were not as they should be, and commands nobody knows. */
  readonly faults: number
  readonly connections: number
}

const EHLO = [
  ...['sink', 'PIPELINING', 'SIZE 30000000', '8BITMIME', 'SMTPUTF8', 'DSN'],
  'ENHANCEDSTATUSCODES',
]
const ANSWERS: Readonly<Record<string, string>> = {
  EHLO: EHLO.map((word, at) => `250${at === EHLO.length - 1 ? ' ' : '-'}${word}\r\n`).join(''),
  HELO: '250 sink\r\n',
  MAIL: '250 2.1.0 Ok\r\n',
  RCPT: '250 2.1.5 Ok\r\n',
  DATA: '354 End data with <CR><LF>.<CR><LF>\r\n',
  RSET: '250 2.0.0 Ok\r\n',
  NOOP: '250 2.0.0 Ok\r\n',
  QUIT: '221 2.0.0 Bye\r\n',
}
const TAKEN = '250 2.0.0 Ok: queued as 4XyZ0000\r\n'
const UNKNOWN = '502 5.5.2 Error: command not recognized\r\n'

const count = { messages: 0, bytes: 0, faults: 0, connections: 0 }
const recipients = new Set<string>()

class Dialogue {
  readonly #socket: Socket
  /** One character per byte. */
  #pending = ''
  #isData = false
  #recipient = ''

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => this.#read(chunk))
    socket.on('error', () => undefined)
    socket.write('220 sink ESMTP\r\n')
  }

  #read(chunk: string): void {
    // Where a message arrives in pieces, only the new piece is searched, and a few bytes for an end cut in two.
    let from = Math.max(0, this.#pending.length - 4)
    this.#pending += chunk
    let answer = ''
    for (;;) {
      const end = this.#pending.indexOf(this.#isData ? '\r\n.\r\n' : '\r\n', from)
      if (end < 0) break
      answer += this.#isData ? this.#take(end) : this.#obey(end)
      from = 0
    }
    if (answer === '') return
    this.#socket.write(answer)
    if (answer.endsWith(ANSWERS['QUIT'] ?? '')) this.#socket.end()
  }

  #obey(end: number): string {
    const line = this.#pending.slice(0, end)
    this.#pending = this.#pending.slice(end + 2)
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'RCPT') this.#recipient = line.slice(line.indexOf('<') + 1, line.indexOf('>'))
    if (verb === 'DATA') this.#isData = true
    const answer = ANSWERS[verb]
    if (answer === undefined) count.faults += 1
    return answer ?? UNKNOWN
  }

  #take(end: number): string {
    const message = this.#pending.slice(0, end)
    this.#pending = this.#pending.slice(end + 5)
    this.#isData = false
    const headersEnd = message.indexOf('\r\n\r\n')
    const to = message.indexOf('\r\nTo: ') + 6
    const isAddressed = message.slice(to, message.indexOf('\r\n', to)).includes(this.#recipient)
    // Both bodies have a boundary, and the last one ends the message.
    const isWhole = headersEnd > 0 && message.trimEnd().endsWith('--')
    if (!isWhole || !isAddressed || this.#recipient === '') count.faults += 1
    else count.messages += 1
    count.bytes += message.length
    recipients.add(this.#recipient)
    return TAKEN
  }
}

const server = createServer((socket) => {
  count.connections += 1
  return new Dialogue(socket)
})

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
})

process.on('message', () => {
  const told: SinkCount = { ...count, recipients: recipients.size }
  Object.assign(count, { messages: 0, bytes: 0, faults: 0, connections: 0 })
  recipients.clear()
  process.send?.(told)
})
process.on('disconnect', () => process.exit())
