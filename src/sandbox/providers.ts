/** The fakes of all providers, watched: what each hears is captured, and each is told what to simulate. */
import { startFakeApns } from '../channels/apns/fake.ts'
import { startFakeSmtp } from '../channels/email/fake.ts'
import { startFakeAliyun } from '../channels/sms/aliyun-fake.ts'
import { startFakeTencent } from '../channels/sms/tencent-fake.ts'
import { startFakeCentrifugo } from '../channels/websocket/centrifugo/fake.ts'
import { startFakeHub, type FakeHub } from '../channels/websocket/fake-hub.ts'
import type { AcknowledgementEvent, EngagementEvent } from '../channels/websocket/hooks.ts'
import { startFakeWechat } from '../channels/wechat/fake.ts'
import type { Clock } from '../core/clock.ts'
import type { FakeWatch } from '../core/fake.ts'
import type { Endpoints } from './connections.ts'
import type { Recorder } from './recorder.ts'

export interface ProvidersInit {
  readonly clock: Clock
  /** The first of eight; 0 for random ones. */
  readonly port: number
  readonly recorder: Recorder
  /** Texts of SMS templates by code. */
  readonly templates: Readonly<Record<string, string>>
}

/** Known to everybody, and good for nothing else. */
const KEYS = {
  aliyun: { accessKeyId: 'LTAI5tNotiwireSandbox001', accessKeySecret: 'notiwire-sandbox-secret-000001' },
  tencent: { secretId: 'AKIDNotiwireSandbox0000000000000001', secretKey: 'notiwire-sandbox-secret-00000001' },
  miniProgram: { appId: 'wx00000000000000a1', appSecret: '0000000000000000000000000000a001' },
  officialAccount: { appId: 'wx00000000000000a2', appSecret: '0000000000000000000000000000a002' },
  centrifugo: 'notiwire-sandbox-api-key',
  websocket: 'notiwire-sandbox-token-key-notiwire-sandbox',
}

/** What the fakes themselves remember; the inbox holds the messages. */
const MAX_ACCEPTED = 200

export interface Providers extends AsyncDisposable {
  readonly endpoints: Omit<Endpoints, 'inbox'>
  /** The hub that browsers and apps connect to. */
  readonly hub: FakeHub
  close(): Promise<void>
}

export async function startProviders(init: ProvidersInit): Promise<Providers> {
  const opened = new Opened()
  try {
    return await open(init, opened)
  } catch (cause) {
    await opened.close()
    throw cause
  }
}

async function open({ clock, port, recorder, templates }: ProvidersInit, opened: Opened): Promise<Providers> {
  const at = (place: number) => ({ port: port === 0 ? 0 : port + place, clock })
  const watch = <Message>(provider: string): FakeWatch<Message> =>
    recorder.watch<Message>(provider, MAX_ACCEPTED)
  const smtp = await opened.add(
    startFakeSmtp({ port: at(1).port, acceptsAnyLogin: true, watch: watch('smtp') }, { clock }),
  )
  const sms = { ...KEYS.aliyun, approvesAll: true, templates: aliyunTemplates(templates) }
  const aliyun = await opened.add(startFakeAliyun({ ...at(2), ...sms, watch: watch('aliyun') }))
  const texts = { ...KEYS.tencent, approvesAll: true, templates }
  const tencent = await opened.add(startFakeTencent({ ...at(3), ...texts, watch: watch('tencent') }))
  const accounts = { miniProgram: KEYS.miniProgram, officialAccount: KEYS.officialAccount, knowsAll: true }
  const wechat = await opened.add(startFakeWechat({ ...at(4), ...accounts, watch: watch('wechat') }))
  const apns = await opened.add(startFakeApns({ ...at(5), servesAll: true, watch: watch('apns') }))
  const hooks = {
    onAcknowledged: (event: AcknowledgementEvent) => recorder.acknowledged(event),
    onEngagement: (event: EngagementEvent) => recorder.engaged(event),
  }
  const hub = await opened.add(startFakeHub({ ...at(7), key: KEYS.websocket, ...hooks }))
  recorder.publishBy(hub)
  const api = {
    apiKey: KEYS.centrifugo,
    knowsAll: true,
    withoutNamespace: { historySize: 100, historyTtlMs: 3_600_000 },
  }
  const centrifugo = await opened.add(startFakeCentrifugo({ ...at(6), ...api, watch: watch('centrifugo') }))
  const close = () => opened.close()
  const endpoints = {
    smtp: { host: smtp.host, port: smtp.port },
    aliyun: { endpoint: aliyun.endpoint, ...KEYS.aliyun },
    tencent: { endpoint: tencent.endpoint, ...tencent.credentials },
    miniProgram: wechat.miniProgram.config,
    officialAccount: wechat.officialAccount.config,
    apns: { host: apns.host, port: apns.port, ca: apns.ca, auth: apns.credentials },
    centrifugo: centrifugo.config,
    websocket: { url: hub.url },
  }
  return { endpoints, hub, close, [Symbol.asyncDispose]: close }
}

function aliyunTemplates(templates: ProvidersInit['templates']) {
  return Object.fromEntries(Object.entries(templates).map(([code, content]) => [code, { content }]))
}

/** Closes what was opened, the last first; Node 20 has no stack of its own for it. */
class Opened {
  readonly #opened: AsyncDisposable[] = []

  async add<T extends AsyncDisposable>(opening: Promise<T>): Promise<T> {
    const one = await opening
    this.#opened.push(one)
    return one
  }

  async close(): Promise<void> {
    for (const one of this.#opened.splice(0).reverse()) await one[Symbol.asyncDispose]()
  }
}
