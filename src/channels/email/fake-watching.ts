/** What whoever watches the fake makes of a session's mail, and is told of it. */
import type { SMTPServerSession } from 'smtp-server'
import { faultIn, refusalIn, type FakeFault, type FakeWatch, type PlannedFault } from '../../core/fake.ts'
import type { FakeEmail } from './fake-options.ts'
import type { FakeConnection } from './fake-connection.ts'
import { FakeTranscript } from './fake-transcript.ts'

/** How a message ended: with a reply, or a fault and none. */
interface End {
  readonly isKept: boolean
  readonly reply?: string
  readonly fault?: FakeFault
}

interface Planned {
  fault?: PlannedFault | undefined
  refusal?: string | undefined
}

/** Is for the whole message, and given once that is there; others are for the recipient. */
const OF_THE_MESSAGE = /^MESSAGE /

export class FakeWatching {
  readonly #watch: FakeWatch<FakeEmail> | undefined
  readonly #connectionOf: (id: string) => FakeConnection | undefined
  readonly #transcripts = new WeakMap<FakeConnection, FakeTranscript>()
  readonly #planned = new WeakMap<SMTPServerSession, Planned>()

  constructor(
    watch: FakeWatch<FakeEmail> | undefined,
    connectionOf: (id: string) => FakeConnection | undefined,
  ) {
    this.#watch = watch
    this.#connectionOf = connectionOf
  }

  /** Begins to write down what is said. */
  transcriptOf(connection: FakeConnection): FakeTranscript {
    const transcript = new FakeTranscript()
    this.#transcripts.set(connection, transcript)
    const send = connection.send.bind(connection)
    connection.send = (code, data, context) => {
      transcript.answered(code, data)
      send(code, data, context)
    }
    return transcript
  }

  /** Asks what is to become of a message to this recipient. @returns a fault that strikes later, or at once */
  simulate(session: SMTPServerSession, recipient: string): FakeFault | undefined {
    const simulation = this.#watch?.simulate?.([recipient])
    if (!simulation) return undefined
    const fault = faultIn(simulation)
    this.#planned.set(session, {
      ...this.#planned.get(session),
      ...(fault && { fault }),
      refusal: refusalIn(simulation),
    })
    return fault?.fault
  }

  /** The reply that refuses this step, once. */
  refusalOf(session: SMTPServerSession, step: 'RCPT' | 'MESSAGE'): string | undefined {
    const planned = this.#planned.get(session)
    const refusal = planned?.refusal
    if (!planned || refusal === undefined) return undefined
    if (OF_THE_MESSAGE.test(refusal) !== (step === 'MESSAGE')) return undefined
    planned.refusal = undefined
    return refusal.replace(OF_THE_MESSAGE, '')
  }

  /** The fault that strikes now that the message is there, once. */
  faultOf(session: SMTPServerSession): PlannedFault | undefined {
    const planned = this.#planned.get(session)
    const fault = planned?.fault
    if (planned) planned.fault = undefined
    return fault
  }

  /** Before the message was there. */
  turnedAway(session: SMTPServerSession, recipient: string, reply: string): void {
    this.#watch?.exchanged?.({
      messages: [],
      isKept: false,
      recipients: [recipient],
      request: this.#dialogueOf(session),
      response: answered(reply),
      refusal: reply,
    })
  }

  told(session: SMTPServerSession, email: FakeEmail, { isKept, reply, fault }: End): void {
    const refusal = reply?.startsWith('250') ? undefined : reply
    this.#watch?.exchanged?.({
      messages: [email],
      isKept,
      recipients: email.to,
      request: this.#dialogueOf(session),
      ...(reply !== undefined && { response: answered(reply) }),
      ...(refusal !== undefined && { refusal }),
      ...(fault && { fault }),
    })
  }

  #dialogueOf({ id, secure }: SMTPServerSession) {
    const connection = this.#connectionOf(id)
    const body = (connection && this.#transcripts.get(connection)?.text()) ?? ''
    return { line: secure ? 'SMTP over TLS' : 'SMTP', headers: {}, body }
  }
}

const answered = (reply: string) => ({ line: reply, headers: {}, body: '' })
