/** Makes captured messages of the exchanges that the fakes tell of. */
import type { FakePush } from '../channels/apns/fake-rules.ts'
import type { FakeEmail } from '../channels/email/fake-options.ts'
import type { FakeSms } from '../channels/sms/aliyun-fake-account.ts'
import type { FakeTencentSms } from '../channels/sms/tencent-fake-account.ts'
import type { FakeCentrifugoPublication } from '../channels/websocket/centrifugo/fake-broker.ts'
import type { FakeHub } from '../channels/websocket/fake-hub.ts'
import type { AcknowledgementEvent, EngagementEvent } from '../channels/websocket/hooks.ts'
import type { FakeWechatMessage } from '../channels/wechat/fake-account.ts'
import type { Clock } from '../core/clock.ts'
import type { FakeExchange, FakeWatch, Simulation } from '../core/fake.ts'
import { captureApns } from './captures/apns.ts'
import type { Arrived } from './captures/capture.ts'
import { captureEmail } from './captures/email.ts'
import { captureAliyun, captureCall, captureTencent } from './captures/sms.ts'
import { captureWebSocket } from './captures/websocket.ts'
import { captureWechat } from './captures/wechat.ts'
import type { InboxChannel } from './captured.ts'
import type { CaptureDraft } from './draft.ts'
import type { FaultBook } from './fault-book.ts'
import type { Inbox } from './inbox.ts'
import type { LocalPush } from './local-push.ts'

export interface RecorderInit {
  readonly clock: Clock
  readonly inbox: Inbox
  readonly faults: FaultBook
  readonly templates: Readonly<Record<string, string>>
}

const CHANNEL: Readonly<Record<string, InboxChannel>> = {
  smtp: 'email',
  aliyun: 'sms',
  tencent: 'sms',
  wechat: 'wechat',
  apns: 'apns',
  centrifugo: 'websocket',
}

/** Where a publication is in its channel, so that acknowledgements find it. */
interface Place {
  readonly channel: string
  readonly offset: number
}

export class Recorder {
  readonly #init: RecorderInit
  readonly #places = new Map<string, Place>()
  /** E-mails that are being read. */
  readonly #reading = new Set<Promise<void>>()
  #hub: FakeHub | undefined

  constructor(init: RecorderInit) {
    this.#init = init
  }

  /** Publications through Centrifugo's API reach the clients that are connected to this hub. */
  publishBy(hub: FakeHub): void {
    this.#hub = hub
  }

  watch<Message>(provider: string, maxAccepted: number): FakeWatch<Message> {
    const { faults } = this.#init
    return {
      maxAccepted,
      simulate: (recipients, path): Simulation | undefined =>
        faults.simulate(nameOf(provider, path), recipients),
      exchanged: (exchange) => this.#record(provider, exchange),
    }
  }

  /** Resolves when what has arrived is in the inbox. */
  async settled(): Promise<void> {
    await Promise.all(this.#reading)
  }

  acknowledged({ user, device, channel, offset }: AcknowledgementEvent): void {
    const isReached = (place: Place | undefined) => place?.channel === channel && place.offset <= offset
    const ack = { user, device, at: this.#init.clock.now(), type: 'acknowledged' } as const
    this.#init.inbox.acknowledge(ack, ({ id }) => isReached(this.#places.get(id)))
  }

  engaged({ type, user, device, channel, offset }: EngagementEvent): void {
    const isIt = (place: Place | undefined) => place?.channel === channel && place.offset === offset
    const ack = { user, device, at: this.#init.clock.now(), type }
    this.#init.inbox.acknowledge(ack, ({ id }) => isIt(this.#places.get(id)))
  }

  /** Of the WebSocket driver of an application in sandbox mode, whose own connections have it. */
  captureLocal({ channel, data, connections, isStored, refusal, acked }: LocalPush): void {
    const { clock, inbox } = this.#init
    const request = {
      line: 'Pushed to the application’s own connections',
      headers: {},
      body: JSON.stringify({ channel, data }),
    }
    const isKept = refusal === undefined
    const exchange = {
      messages: [data],
      isKept,
      recipients: [channel],
      request,
      ...(refusal !== undefined && { refusal }),
    }
    const id = inbox.newId()
    const arrived = {
      channel: 'websocket',
      provider: 'websocket',
      at: clock.now(),
      exchange,
      recipients: [channel],
    } as const
    const at = clock.now()
    const ack = { user: channel.replace(/^#/, ''), device: acked ?? '', at, type: 'acknowledged' } as const
    const acks = acked === undefined ? [] : [ack]
    inbox.capture(id, captureWebSocket(arrived, { channel, data, connections, isStored, acks }))
  }

  #record(provider: string, exchange: FakeExchange): void {
    const { messages, recipients } = exchange
    const each = messages.length > 0 ? messages : [undefined]
    for (const message of each) {
      const own = messages.length > 1 ? recipientsOf(provider, message) : recipients
      this.#capture(provider, { exchange, message, recipients: own })
    }
  }

  #capture(provider: string, { exchange, message, recipients }: Told): void {
    const { clock, inbox, templates } = this.#init
    const id = inbox.newId()
    const arrived: Arrived = {
      channel: CHANNEL[provider] ?? 'websocket',
      provider: nameOf(provider, exchange.request.line),
      at: clock.now(),
      ...{ exchange, recipients },
    }
    if (message === undefined) return inbox.capture(id, captureCall(arrived))
    if (provider === 'smtp') return this.#read(id, captureEmail(arrived, message as FakeEmail))
    if (provider === 'centrifugo') return this.#publish(id, arrived, message as FakeCentrifugoPublication)
    const drafts: Readonly<Record<string, () => CaptureDraft>> = {
      aliyun: () => captureAliyun(arrived, message as FakeSms, templates),
      tencent: () => captureTencent(arrived, message as FakeTencentSms, templates),
      wechat: () => captureWechat(arrived, message as FakeWechatMessage),
      apns: () => captureApns(arrived, message as FakePush),
    }
    inbox.capture(id, (drafts[provider] ?? (() => captureCall(arrived)))())
  }

  #read(id: string, reading: Promise<CaptureDraft>): void {
    const kept: Promise<void> = reading.then((draft) => {
      this.#init.inbox.capture(id, draft)
      this.#reading.delete(kept)
    })
    this.#reading.add(kept)
  }

  #publish(id: string, arrived: Arrived, { channel, data }: FakeCentrifugoPublication): void {
    const published = arrived.exchange.isKept ? this.#hub?.publish(channel, data) : undefined
    const position = published?.position
    if (position) this.#places.set(id, { channel, offset: position.offset })
    const reached = { connections: published?.connections ?? 0, isStored: position !== undefined }
    this.#init.inbox.capture(id, captureWebSocket(arrived, { channel, data, ...reached }))
    for (const old of this.#places.keys()) {
      if (this.#places.size <= MOST_PLACES) break
      this.#places.delete(old)
    }
  }
}

interface Told {
  readonly exchange: FakeExchange
  readonly message: unknown
  readonly recipients: readonly string[]
}

const MOST_PLACES = 1_000

/** Of one of several messages of a call. */
function recipientsOf(provider: string, message: unknown): readonly string[] {
  if (provider === 'centrifugo') return [(message as FakeCentrifugoPublication).channel]
  return [(message as FakeSms).phoneNumber]
}

/** The two kinds of WeChat accounts are told apart by what they call. */
function nameOf(provider: string, path = ''): string {
  if (provider !== 'wechat') return provider
  return path.includes('/message/template/') ? 'wechat-official-account' : 'wechat-mini-program'
}
