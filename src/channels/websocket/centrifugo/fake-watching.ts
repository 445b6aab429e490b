/** Tells whoever watches the fake of the calls that publish. */
import type { IncomingMessage } from 'node:http'
import { headerTexts, type FakeWatch } from '../../../core/fake.ts'
import type { FakeCentrifugoPublication } from './fake-broker.ts'
import type { FakeCall } from './fake-front-door.ts'
import type { FakeCentrifugoAnswer, FakeStep } from './fake-script.ts'

interface End {
  readonly request: IncomingMessage
  readonly kept: readonly FakeCentrifugoPublication[]
  readonly reply: FakeCentrifugoAnswer | undefined
  readonly step: FakeStep | undefined
}

/** The channels that a call publishes to; none where it does something else. */
export function channelsOf(method: string, request: object): readonly string[] {
  const { channel, channels } = request as { channel?: string; channels?: readonly string[] }
  if (method === 'publish' && channel !== undefined) return [channel]
  return method === 'broadcast' ? (channels ?? []) : []
}

export function exchanged(watch: FakeWatch<FakeCentrifugoPublication>, call: FakeCall, end: End): void {
  const channels = channelsOf(call.method, call.request)
  if (channels.length === 0) return
  const { request, kept, reply, step } = end
  const isKept = kept.length > 0
  watch.exchanged?.({
    messages: isKept ? kept : unkept(channels, call.request),
    isKept,
    recipients: channels,
    request: {
      line: `POST ${request.url ?? ''} HTTP/1.1`,
      headers: headerTexts(request.headers),
      body: JSON.stringify(call.request),
    },
    ...(reply && answerOf(reply)),
    ...(step && 'fault' in step && { fault: step.fault }),
  })
}

function answerOf({ status = 200, headers = {}, body }: FakeCentrifugoAnswer) {
  const response = { line: `HTTP/1.1 ${status}`, headers, body }
  const refusal = /"error":\{"code":(\d+)/.exec(body)?.[1]
  return refusal === undefined ? { response } : { response, refusal }
}

function unkept(channels: readonly string[], request: object): FakeCentrifugoPublication[] {
  const { data } = request as { data?: unknown }
  return channels.map((channel) => ({ channel, data }))
}
