/**
 * Aliyun's SDK client with its `callApi` replaced by ours: the models and each operation's metadata stay the SDK's.
 * The stock one puts number and code into its network errors, cannot be cancelled and calls every timeout a
 * failed connect. It takes four times as long to load as the rest of us: load it when the first message is sent.
 */
import { NotifyError } from '../../core/errors.ts'
import { loadPeer } from '../../core/peer.ts'
import type { AliyunApi, Operation } from './aliyun-api.ts'
import type { WireCall } from './wire.ts'

/** The operations we use, as the SDK's client has them. The second argument reaches `callApi` as it is. */
interface SdkOperations {
  sendSmsWithOptions(request: object, runtime: WireCall): Promise<{ body?: SendSmsBody }>
  querySmsTemplateListWithOptions(request: object, runtime: WireCall): Promise<unknown>
}

interface SdkExports {
  readonly default: new (config: object) => SdkOperations
  readonly SendSmsRequest: new (fields: SendSmsFields) => object
  readonly QuerySmsTemplateListRequest: new (fields: object) => object
}

export interface SendSmsFields {
  readonly phoneNumbers: string
  readonly signName: string
  readonly templateCode: string
  readonly templateParam: string
  readonly outId: string
  readonly smsUpExtendCode?: string
}

export interface SendSmsBody {
  readonly bizId?: string
  readonly requestId?: string
}

export interface AliyunClient {
  sendSms(fields: SendSmsFields, signal: AbortSignal): Promise<SendSmsBody>
  /** A signed call that needs no recipient and changes nothing. */
  listTemplates(signal: AbortSignal): Promise<void>
}

/** @throws {NotifyError} INVALID_CONFIG where the SDK is not installed */
export async function loadClient(api: Pick<AliyunApi, 'call'>): Promise<AliyunClient> {
  const name = '@alicloud/dysmsapi20170525'
  const sdk = exportsOf(await loadPeer(name, () => import('@alicloud/dysmsapi20170525')))
  class WireClient extends sdk.default {
    async callApi(operation: Operation, request: { query: Operation['query'] }, call: WireCall) {
      const { action, version, method, pathname } = operation
      const { query } = request
      const reply = await api.call({ action, version, method, pathname, query }, call)
      return { statusCode: reply.status, headers: {}, body: reply.body }
    }
  }
  // Keys and network stay ours, so the SDK is told neither; it refuses to start without an endpoint.
  const client = new WireClient({ endpoint: 'notiwire.invalid', userAgent: 'notiwire' })
  return {
    sendSms: (fields, signal) =>
      perform(signal, async (call) => {
        const { body } = await client.sendSmsWithOptions(new sdk.SendSmsRequest(fields), call)
        return body ?? {}
      }),
    listTemplates: (signal) =>
      perform(signal, async (call) => {
        const request = new sdk.QuerySmsTemplateListRequest({ pageIndex: 1, pageSize: 1 })
        await client.querySmsTemplateListWithOptions(request, call)
      }),
  }
}

/** Does the work; what the SDK throws of its own is told by how far the request came. */
async function perform<T>(signal: AbortSignal, work: (call: WireCall) => Promise<T>): Promise<T> {
  const call = { signal, wasWritten: false }
  try {
    return await work(call)
  } catch (cause) {
    if (NotifyError.isNotifyError(cause)) throw cause
    const delivery = call.wasWritten ? 'unknown' : 'not_sent'
    throw new NotifyError('DRIVER_FAILED', 'Aliyun’s SDK failed', { cause, delivery })
  }
}

/** A CommonJS package: its exports are the module itself when required, and its default when imported. */
function exportsOf(module: object): SdkExports {
  const imported = 'default' in module ? module.default : undefined
  return (typeof imported === 'object' ? imported : module) as SdkExports
}
