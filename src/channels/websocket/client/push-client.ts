/**
 * The client: how it keeps a line to the server, and what becomes of what comes over it. One function, because what
 * functions share inside of one has no names once minified: in classes or modules the same code is 300 bytes larger.
 */
/* eslint max-lines-per-function: ["error", 290] */
import { createChannel, positionOf, toContent, type Channel } from './channel.ts'
import type { Emit, Listener, Listeners, On, PushState } from './events.ts'
import type { Face, PushClientClass, PushClient as PushClientOf } from './interface.ts'
import * as fixed from './fixed.ts'
import { openSocket, openStream, type Line } from './line.ts'
import type { PushContent, PushMessage } from './message.ts'
import { createRequests, toError } from './requests.ts'
import { withDefaults, type PushClientOptions, type PushError } from './options.ts'
import type { Call, Ending, Publication, Push, Reply, Subscription, Welcome, WireError } from './wire.ts'

export type PushClient<Channels extends object = Record<string, unknown>> = PushClientOf<Channels>
export const PushClient = function (url: string, options?: PushClientOptions) {
  const settings = withDefaults(url, options)
  const { clock, storage, device, token } = settings
  const face: Face = { state: 'idle' }
  const listeners: Listeners = {}
  const channels = new Map<string, Channel>()
  let line: Line | undefined
  /** What the server said of the line that is open. */
  let terms: Welcome
  /** Counts the tries: a token that comes too late is not used. */
  let turn = 0
  /** In a row without success, for the backoff. */
  let tries = 0
  /** Lines lost while no WebSocket has ever opened; minus infinity once one has. */
  let lost = 0
  let lastId = 1
  let calls: Record<string, (reply: Reply) => void> = {}
  /** For the next try, for opening, or for the server's silence: never two at once. */
  let timer: unknown
  let refreshTimer: unknown
  let ackTimer: unknown
  let unwatch: (() => void) | undefined
  /** To be acknowledged. */
  const due = new Set<Channel>()

  const on: On = (name, listener) => {
    const own = (listeners[name] ??= new Set() as never) as Set<typeof listener>
    own.add(listener)
    return () => own.delete(listener)
  }
  const emit: Emit = (name, payload) => {
    const called = [...(listeners[name] ?? [])] as Listener<typeof payload>[]
    return Promise.all(called.map((listener) => Promise.resolve(payload).then(listener))).catch(
      (error: PushError) => name !== 'error' && void emit('error', { error, [name]: payload }),
    )
  }
  const fail = (error: WireError, channel?: string) => {
    if (error !== fixed.LOST) void emit('error', { error: toError(error), channel })
  }

  const call: Call = (command, done) => {
    if (face.state !== 'open') return done({ error: fixed.LOST })
    calls[++lastId] = done
    line?.send({ id: lastId, ...command }, terms.session)
  }
  /** Ends the line that is, and goes on to the next state. */
  const turnTo = (told: PushState) => {
    turn++
    clock.clearTimeout(timer)
    clock.clearTimeout(refreshTimer)
    line?.close()
    line = face.transport = undefined
    face.state = told.state
    for (const id in calls) calls[id]?.({ error: fixed.LOST })
    calls = {}
    void emit('state', told)
  }
  const stop = (told: PushState) => {
    unwatch?.()
    unwatch = undefined
    turnTo(told)
  }
  const lose = ({ code, message, reason = message }: Ending = {}) => {
    if (face.transport) lost++
    if (fixed.FINAL.test(code as never)) return stop({ state: 'failed', code, reason })
    const delayMs = Math.random() * Math.min(settings.maxDelayMs, settings.minDelayMs * 2 ** tries++)
    turnTo({ state: 'waiting', code, reason, delayMs })
    timer = clock.setTimeout(restart, delayMs)
  }
  /** Takes the line for lost unless something comes in time. */
  const expect = (delayMs = settings.timeoutMs) => {
    clock.clearTimeout(timer)
    timer = clock.setTimeout(() => lose({ reason: 'timeout' }), delayMs)
  }

  const withToken = async (use: (value?: string) => void) => {
    const own = turn
    try {
      const value = await (typeof token === 'function' ? token() : token)
      if (own === turn) use(value)
    } catch (error) {
      if (own !== turn) return
      void emit('error', { error: error as PushError })
      if (face.state !== 'open') lose()
    }
  }
  /** Opens another line at once, of the same kind. */
  const restart = () => {
    turnTo({ state: 'connecting' })
    expect()
    void withToken(open)
  }
  const open = (value?: string) => {
    // Two WebSockets, then by turns.
    const isStream = lost > 0 && lost % 2 === 0 && settings.fallback !== false && settings.EventSource
    face.transport = isStream ? 'sse' : 'websocket'
    const subs: Record<string, object> = {}
    for (const channel of channels.values())
      if (channel.isOwn || isStream) subs[channel.name] = positionOf(channel)
    const own = (isStream ? openStream : openSocket)({
      ...settings,
      request: { token: value, data: { ...settings.data, device }, subs },
      hear: (event) => (own === line ? hear(event.data) : own.close()),
      end: (ending) => own === line && lose(ending),
    })
    line = own
  }
  /** Where that fails, the server ends the line in time, and the next one begins with a new token. */
  const planRefresh = (ttl?: number) => {
    if (!ttl || typeof token !== 'function') return
    const refresh = (value?: string) =>
      call({ refresh: { token: value } }, (reply) => planRefresh(reply.refresh?.ttl))
    const delayMs = Math.min(ttl, fixed.A_DAY_S) * fixed.REFRESH_SHARE
    refreshTimer = clock.setTimeout(() => void withToken(refresh), delayMs)
  }
  /** The user is back, or the network: the next try need not wait, and an open line has to prove itself. */
  const wake = () => {
    if (face.state === 'waiting') restart()
    if (face.state !== 'open') return
    expect()
    call({ rpc: { method: 'ack', data: [] } }, () => {})
  }

  const hear = (text: string) => {
    try {
      for (const each of text.split('\n'))
        if (line && each !== '{}') read(JSON.parse(each) as Reply)
        else if (terms.pong) line?.send({})
      if (face.state !== 'open') return
      expect(((terms.ping as number) + fixed.PING_GRACE_S) * 1_000 || fixed.FOREVER_MS)
    } catch (error) {
      void emit('error', { error: error as PushError })
      lose()
    }
  }
  const read = (reply: Reply) => {
    const { id, error, connect, push } = reply
    if (connect) opened(connect)
    else if (face.state === 'connecting') lose(error)
    else if (push?.disconnect) lose(push.disconnect)
    else if (push) pushed(push)
    else {
      calls[id as number]?.(reply)
      delete calls[id as number]
    }
  }
  const opened = (welcome: Welcome) => {
    terms = welcome
    tries = 0
    if (face.transport !== 'sse') lost = -Infinity
    face.state = 'open'
    void emit('state', { state: 'open' })
    planRefresh(terms.ttl)
    for (const channel of channels.values()) channel.isAsked = channel.isOwn = false
    for (const name in terms.subs) {
      const channel = channelOf(name)
      channel.isAsked = true
      channel.isOwn = !(face.transport === 'sse' && channel.listeners)
      enter(channel, terms.subs[name] as Subscription)
    }
    for (const [name, channel] of channels)
      if (channel.listeners) join(channel)
      else if (!channel.isOwn) channels.delete(name)
    flush()
  }
  const pushed = ({ channel: name, pub, subscribe, unsubscribe, join: joined, leave }: Push) => {
    if (subscribe) enter(channelOf(name), subscribe)
    const channel = channels.get(name)
    if (!channel) return
    if (pub) receive(channel, pub)
    if (joined) void emit('join', { channel: name, ...joined })
    if (leave) void emit('leave', { channel: name, ...leave })
    if (!unsubscribe) return
    channel.isAsked = false
    const { code, reason: message } = unsubscribe
    if (code >= fixed.RESUBSCRIBE) want(channel)
    else fail({ code, message }, name)
  }
  const channelOf = (name: string) => {
    const channel = channels.get(name) ?? createChannel(name)
    channels.set(name, channel)
    return channel
  }
  const join = (channel: Channel) => {
    const { name } = channel
    if (face.state !== 'open' || channel.isAsked || face.transport === 'sse') return
    channel.isAsked = true
    call({ subscribe: { channel: name, ...positionOf(channel) } }, ({ error, subscribe }) => {
      if (!channel.listeners) return
      if (!error) return enter(channel, subscribe as Subscription)
      channel.isAsked = false
      fail(error, name)
      if (error.temporary) clock.setTimeout(() => join(channel), fixed.RETRY_MS)
    })
  }
  /** A stream has its channels for life: others need another stream. */
  const want = (channel: Channel) => (face.transport === 'sse' ? restart() : join(channel))
  const enter = (channel: Channel, subscription: Subscription) => {
    const { offset = 0, epoch = '', was_recovering, recovered, publications = [] } = subscription
    const isGap = was_recovering && !recovered
    if (isGap) void emit('gap', { channel: channel.name })
    if (isGap || epoch !== channel.epoch) {
      channel.pending.clear()
      channel.epoch = epoch
      channel.offset = publications.length ? 0 : offset
    }
    for (const each of publications) receive(channel, each)
    save()
  }
  const receive = (channel: Channel, publication: Publication) => {
    const { name, epoch, ids, pending } = channel
    const { offset = 0 } = publication
    const content: PushContent & { readonly ack?: true } = toContent(name, publication, epoch)
    const { id } = content
    if (offset) {
      if (!(offset > channel.offset)) return
      channel.offset = offset
    }
    if (id && ids.size === ids.add(id).size) return
    if (ids.size > fixed.MAX_IDS) ids.delete([...ids][0])
    if (offset) pending.add(offset)
    const ack = () => {
      if (epoch !== channel.epoch || !pending.delete(offset)) return
      save()
      // Elsewhere than in the personal channel only to senders who wait for it.
      if (channel.done >= offset && (name.startsWith('#') || content.ack)) due.add(channel)
      ackTimer ??= clock.setTimeout(flush, fixed.BATCH_MS)
    }
    void emit('message', { ...content, ack }).then((results) => {
      if (settings.autoAck && results && results.some((result) => result !== fixed.NOT_MINE)) ack()
    })
  }
  /** Sends the acknowledgements that are due. What the server does not answer is due again. */
  const flush = () => {
    ackTimer = undefined
    const sent = [...due]
    if (face.state !== 'open' || !sent.length) return
    due.clear()
    const data = sent.map(({ name, done, epoch }) => [name, done, epoch])
    call({ rpc: { method: 'ack', data } }, ({ error }) => {
      if (error) for (const channel of sent) due.add(channel)
    })
  }
  const withStorage = (use: (key: string) => void) => {
    try {
      if (storage) use('notiwire:' + url + device)
    } catch (error) {
      void emit('error', { error: error as PushError })
    }
  }
  const save = () =>
    withStorage((key) => storage?.setItem(key, JSON.stringify([...channels.values()], fixed.STORED)))
  withStorage((key) => {
    const stored = JSON.parse(storage?.getItem(key) as string) as Channel[] | null
    for (const { name, epoch, done, isOwn } of stored ?? [])
      Object.assign(channelOf(name), { epoch, isOwn, offset: +done || 0 })
  })

  return Object.assign(face, {
    on,
    connect() {
      if (unwatch) return
      unwatch = settings.watch(wake)
      restart()
    },
    disconnect() {
      flush()
      stop({ state: 'closed' })
    },
    subscribe(topic: string, listener: Listener<PushMessage>) {
      const channel = channelOf(topic)
      const off = on('message', (message) => (message.channel === topic ? listener(message) : fixed.NOT_MINE))
      channel.listeners++
      want(channel)
      return () => {
        if (!off() || --channel.listeners || channel.isOwn) return
        channels.delete(topic)
        if (face.transport === 'sse') restart()
        else call({ unsubscribe: { channel: topic } }, () => {})
      }
    },
    ...createRequests(call),
  })
} as unknown as PushClientClass
