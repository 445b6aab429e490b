/** Sends push notifications through Apple's HTTP/2 API. */
import type { Clock } from '../../core/clock.ts'
import { systemClock } from '../../core/clock.ts'
import type { DeliveryContext, Receipt } from '../../core/delivery.ts'
import type { Endpoint } from '../../core/endpoint.ts'
import { NotifyError } from '../../core/errors.ts'
import { Notifier } from '../../core/notifier.ts'
import { invalid, parse } from '../../core/parse.ts'
import { apnsIdOf } from './apns-id.ts'
import { apnsConfig, authorityOf, hostOf, type ApnsConfig, type ApnsConfigInput } from './config.ts'
import { CONNECTION_PAUSE_MS, fromReply, notFromApns, readBody } from './errors.ts'
import { Identity } from './identity.ts'
import { Lane, type Exchange } from './lane.ts'
import type { ApnsMessageInput } from './message.ts'
import { nodeTransport } from './node-transport.ts'
import type { ProviderToken } from './provider-token.ts'
import { apnsMessage, checkSize, type ApnsPush } from './push.ts'
import { toRequest } from './request.ts'
import { deviceToken } from './values.ts'

/** APNs accepted the push. Whether the device shows it, Apple does not say. */
export interface ApnsReceipt extends Receipt {
  /** The `apns-id`. */
  readonly providerId: string
  /** To look the push up in Apple's Push Notifications Console; the sandbox alone sends it. */
  readonly uniqueId?: string
  readonly environment: 'production' | 'sandbox'
}

/** What would go to APNs, but for the provider token. */
export interface ApnsPreview {
  /** The request's headers by lower-case name, HTTP/2's own such as `:path` included. */
  readonly headers: Readonly<Record<string, string>>
  readonly payload: Readonly<Record<string, unknown>>
}

export interface ApnsOptions {
  readonly clock?: Clock
}

/** How often one push is sent again for a provider token that expired, or a connection that idled. */
const MAX_REPAIRS = 2

export class ApnsDriver extends Notifier<ApnsMessageInput, ApnsPush, ApnsReceipt> {
  readonly provider = 'apns'
  /** The `apns-id` is the same at every attempt, but Apple does not say that a second push with it is not shown. */
  override readonly onUnknown = 'hold'
  protected readonly schema
  readonly #input: ApnsConfigInput
  readonly #config: ApnsConfig
  readonly #clock: Clock
  readonly #identity: Identity
  readonly #lane: Lane
  #retiredAt = -Infinity

  constructor(input: ApnsConfigInput, { clock = systemClock }: ApnsOptions = {}) {
    super()
    this.#input = input
    const config = parse(apnsConfig, input, 'INVALID_CONFIG')
    this.#config = config
    this.#clock = clock
    this.#identity = new Identity(config.auth, clock)
    this.schema = apnsMessage({ bundleId: config.bundleId, auth: config.auth.type, clock })
    const transport = nodeTransport({ config, tls: this.#identity.tls, clock })
    this.#lane = new Lane({ transport, maxQueue: config.maxQueue, clock })
  }

  override inSandbox(settings: Partial<ApnsConfigInput>): ApnsDriver {
    return new ApnsDriver({ ...this.#input, ...settings }, { clock: this.#clock })
  }

  /** @throws {NotifyError} INVALID_MESSAGE naming every wrong field, or PAYLOAD_TOO_LARGE */
  override parse(input: unknown): ApnsPush {
    const push = super.parse(input)
    checkSize(push)
    return push
  }

  /** The device token in small letters. */
  override recipients({ to }: ApnsPush): readonly string[] {
    return [to.toLowerCase()]
  }

  override redirected(push: ApnsPush, to: string): ApnsPush {
    const message = deviceToken.safeParse(to).error?.issues[0]?.message
    if (message !== undefined) throw invalid('INVALID_MESSAGE', [{ path: 'guard.redirectTo', message }])
    return { ...push, to }
  }

  override render(push: ApnsPush, context: DeliveryContext): Promise<ApnsPreview> {
    const { headers, body } = toRequest(identified(push, context), authorityOf(this.#config), undefined)
    return Promise.resolve({ headers, payload: JSON.parse(body) as Record<string, unknown> })
  }

  override endpoints(): readonly Endpoint[] {
    const { port, ca } = this.#config
    const { certificate } = this.#identity
    return [
      {
        ...{ protocol: 'h2', host: hostOf(this.#config), port, tls: 'implicit' },
        ...(ca !== undefined && { ca }),
        ...(certificate !== undefined && { clientCertificate: certificate }),
      },
    ]
  }

  override close(): Promise<void> {
    return this.#lane.close()
  }

  protected async deliver(push: ApnsPush, context: DeliveryContext): Promise<ApnsReceipt> {
    const { reply } = await this.#post(identified(push, context), context.signal)
    if (reply.status !== 200) throw fromReply(reply, this.#clock.now(), this.#hint(readBody(reply).reason))
    const providerId = reply.headers['apns-id']
    if (providerId === undefined) throw notFromApns(reply)
    const uniqueId = reply.headers['apns-unique-id']
    return {
      providerId,
      ...(uniqueId !== undefined && { uniqueId }),
      environment: this.#config.environment,
    }
  }

  /** Pushes to a device token that cannot exist: APNs judges the credentials first. */
  protected override async check({ signal }: DeliveryContext): Promise<void> {
    const { reply } = await this.#post({ ...PROBE, topic: this.#config.bundleId }, signal)
    const { reason } = readBody(reply)
    if (reason === 'BadDeviceToken' || reason === 'DeviceTokenNotForTopic') return
    throw fromReply(reply, this.#clock.now(), this.#hint(reason))
  }

  protected toError(cause: unknown): NotifyError {
    return new NotifyError('DRIVER_FAILED', 'The APNs driver failed', { cause })
  }

  protected override *secrets(push?: ApnsPush): Iterable<string> {
    yield* this.#identity.secrets()
    if (!push) return
    yield push.to
    yield* textsOf(JSON.parse(push.payload))
  }

  /** Posts until the reply is about the push itself: a stale provider token is renewed, a stale connection left. */
  async #post(push: ApnsPush, signal: AbortSignal): Promise<Exchange> {
    for (let repairs = 0; ; repairs += 1) {
      let token: ProviderToken | undefined
      const build = () => {
        token = this.#identity.token()
        return toRequest(push, authorityOf(this.#config), token)
      }
      const exchange = await this.#lane.send(build, signal)
      const isRepaired = this.#repair(exchange, token)
      if (!isRepaired || repairs >= MAX_REPAIRS) return exchange
    }
  }

  /** Does what the reply asks for. Returns whether the push, which APNs refused, is worth sending again now. */
  #repair({ reply, connection }: Exchange, token: ProviderToken | undefined): boolean {
    if (reply.status === 200) return false
    const { reason } = readBody(reply)
    switch (reason ?? '') {
      case 'ExpiredProviderToken':
        // APNs answers nothing more of use on a connection that saw an expired token.
        this.#lane.retire(connection)
        return token !== undefined && this.#identity.renew(token)
      case 'IdleTimeout':
        this.#lane.retire(connection)
        return true
      case 'TooManyProviderTokenUpdates':
        if (this.#mayRetire()) this.#lane.retire(connection)
        return false
      default:
        if (this.#isBroken(reply.status)) this.#lane.retire(connection)
        return false
    }
  }

  /** 503 comes from a server that shuts down; any other error of a server may be about the one push. */
  #isBroken(status: number): boolean {
    return status === 503 || (status >= 500 && this.#mayRetire())
  }

  #mayRetire(): boolean {
    const now = this.#clock.monotonic()
    if (now - this.#retiredAt < CONNECTION_PAUSE_MS) return false
    this.#retiredAt = now
    return true
  }

  #hint(reason: string | undefined): string {
    if (reason !== 'ExpiredProviderToken') return ''
    return '; it was made less than 20 minutes ago, so check the clock of this machine'
  }
}

const PROBE: Omit<ApnsPush, 'topic'> = {
  to: '0'.repeat(64),
  type: 'background',
  payload: '{"aps":{"content-available":1}}',
  priority: 5,
  expiration: 0,
  collapseId: undefined,
  apnsId: undefined,
}

function identified(push: ApnsPush, context: DeliveryContext): ApnsPush {
  return { ...push, apnsId: push.apnsId ?? apnsIdOf(context, push.to) }
}

/** Texts of a payload that would give its contents away; short ones and plain words cannot. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.length >= 6 ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsOf)
}
