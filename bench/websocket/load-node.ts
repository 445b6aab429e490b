/** The load client where no compiler is found: the same words as load.c, for the same commands. */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { now } from './contract.ts'
import { LoadPeer, type LoadHub } from './load-peer.ts'

const [port, path = '', tokenFile = ''] = process.argv.slice(2)
const tokens = readFileSync(tokenFile, 'utf8').split('\n').filter(Boolean)
/** Without progress for so long, in microseconds, what was asked for is given up. */
const STALL_US = 15_000_000

class Load implements LoadHub {
  readonly port = Number(port)
  readonly path = path
  steps: readonly string[] = []
  capture = ''
  checkText = ''
  ping = ''
  pong = ''
  sample = ''
  #fault = ''
  #lost = 0
  #failed = 0
  #ready = 0
  #inFlight = 0
  #wanted = 0
  #window = 1
  #isConnecting = false
  #startedAt = 0
  #readyAt = 0
  #progressAt = 0
  #arrivals: number[] = []
  #expected = 0
  #peers: LoadPeer[] = []
  readonly #checked = new Set<LoadPeer>()

  token(index: number): string {
    return tokens[index % tokens.length] ?? ''
  }

  arrived(messages: number): void {
    if (this.#arrivals.length >= this.#expected) return
    const at = (this.#progressAt = now())
    for (let left = messages; left > 0; left -= 1) this.#arrivals.push(at)
    if (this.#arrivals.length >= this.#expected) this.#reportReceived()
  }

  becameReady(): void {
    this.#inFlight -= 1
    this.#ready += 1
    this.#readyAt = this.#progressAt = now()
    this.#openMore()
  }

  saw(peer: LoadPeer): void {
    if (this.#checked.has(peer)) return
    this.#checked.add(peer)
    this.#readyAt = this.#progressAt = now()
  }

  failed(peer: LoadPeer, fault: string): void {
    this.#fault ||= fault
    if (peer.isReady) this.#lost += 1
    this.#failed += 1
    this.#forget(peer)
    this.#openMore()
  }

  perform(line: string): void {
    const [word, ...fields] = line.split('\t')
    const [first = '', second = ''] = fields
    if (word === 'steps') this.steps = fields.filter(Boolean)
    else if (word === 'capture') this.capture = first
    else if (word === 'beat') [this.ping, this.pong] = [first, second]
    else if (word === 'check') {
      this.checkText = first
      this.#checked.clear()
    } else if (word === 'connect') this.#connect(Number(first), Number(second))
    else if (word === 'close') this.#close(Number(first))
    else if (word === 'expect') this.#expect(Number(first))
    else if (word === 'status') this.#reportState('status')
  }

  checkStall(): void {
    if (now() - this.#progressAt < STALL_US) return
    if (this.#isConnecting) {
      this.#fault ||= 'no progress'
      this.#isConnecting = false
      this.#reportState('connected')
    }
    if (this.#expected > 0) this.#reportReceived()
  }

  #connect(count: number, window: number): void {
    this.#wanted = count
    this.#window = window
    this.#failed = this.#lost = 0
    this.#fault = ''
    this.#isConnecting = true
    this.#startedAt = this.#readyAt = this.#progressAt = now()
    this.#openMore()
  }

  #openMore(): void {
    if (!this.#isConnecting) return
    while (this.#peers.length < this.#wanted && this.#inFlight < this.#window) {
      this.#inFlight += 1
      this.#peers.push(new LoadPeer(this, this.#peers.length))
    }
    if (this.#ready + this.#failed < this.#wanted) return
    this.#isConnecting = false
    this.#reportState('connected')
  }

  #close(count: number): void {
    for (const peer of this.#peers.splice(count)) {
      if (peer.isClosed) continue
      this.#forget(peer)
      peer.reset()
    }
    this.#wanted = this.#peers.length
    this.#report({ event: 'closed', at: now() })
  }

  #forget(peer: LoadPeer): void {
    if (peer.isReady) this.#ready -= 1
    else this.#inFlight -= 1
    this.#checked.delete(peer)
  }

  #expect(each: number): void {
    this.#lost = this.#failed = 0
    this.#fault = ''
    this.#arrivals = []
    this.#expected = each * this.#ready
    this.#progressAt = now()
    this.#report({ event: 'expecting' })
  }

  #reportState(event: 'connected' | 'status'): void {
    const [ready, startedAt, readyAt] = [this.#ready, this.#startedAt, this.#readyAt]
    this.#report({
      event,
      ready,
      errors: this.#wanted - ready,
      checked: this.#checked.size,
      startedAt,
      readyAt,
    })
  }

  #reportReceived(): void {
    const received = this.#arrivals.length
    const missing = this.#expected - received
    this.#expected = 0
    // They came in this order.
    const p50At = this.#arrivals[received >> 1]
    const p99At = this.#arrivals[Math.floor(received * 0.99)]
    this.#report({ event: 'received', received, missing, p50At, p99At, lastAt: this.#arrivals[received - 1] })
  }

  #report(what: object): void {
    const { user, system } = process.cpuUsage()
    const common = { sample: this.sample, fault: this.#fault, lost: this.#lost, cpuUs: user + system }
    process.stdout.write(`${JSON.stringify({ ...what, ...common })}\n`)
  }
}

const load = new Load()
setInterval(() => load.checkStall(), 500).unref()
createInterface({ input: process.stdin })
  .on('line', (line) => load.perform(line))
  .on('close', () => process.exit())
