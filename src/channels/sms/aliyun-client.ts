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
  sendSmsWithOptions(request: object, runtime: WireCall): Promise<{ body?: AcceptedBody }>
  sendBatchSmsWithOptions(request: object, runtime: WireCall): Promise<{ body?: AcceptedBody }>
  querySmsTemplateListWithOptions(request: object, runtime: WireCall): Promise<{ body?: TemplateListBody }>
  querySendDetailsWithOptions(request: object, runtime: WireCall): Promise<{ body?: SendDetailsBody }>
}

interface SdkExports {
  readonly default: new (config: object) => SdkOperations
  readonly SendSmsRequest: new (fields: SendSmsFields) => object
  readonly SendBatchSmsRequest: new (fields: SendBatchSmsFields) => object
  readonly QuerySmsTemplateListRequest: new (fields: TemplateListFields) => object
  readonly QuerySendDetailsRequest: new (fields: QuerySendDetailsFields) => object
}

export interface QuerySendDetailsFields {
  readonly phoneNumber: string
  /** A day in China, such as `20260101`. */
  readonly sendDate: string
  /** 1 to 50. */
  readonly pageSize: number
  /** The first is 1. */
  readonly currentPage: number
}

interface SendDetailsBody {
  /** Documented as text. */
  readonly totalCount?: unknown
  readonly smsSendDetailDTOs?: { readonly smsSendDetailDTO?: readonly { readonly outId?: string }[] }
}

export interface SendDetails {
  /** The references on this page. */
  readonly outIds: readonly string[]
  /** How many messages there are on all pages. */
  readonly total: number
}

export interface TemplateListFields {
  /** The first is 1. */
  readonly pageIndex: number
  /** 1 to 50. */
  readonly pageSize: number
}

interface TemplateListBody {
  readonly smsTemplateList?: readonly Partial<ListedTemplate>[]
}

/** As the list shows it. */
export interface ListedTemplate {
  readonly templateCode: string
  readonly templateContent: string
  /** Such as `AUDIT_STATE_PASS`. */
  readonly auditStatus: string
}

export type TemplateList = readonly ListedTemplate[]

export interface SendSmsFields {
  readonly phoneNumbers: string
  readonly signName: string
  readonly templateCode: string
  readonly templateParam: string
  readonly outId: string
  readonly smsUpExtendCode?: string
}

/** Lists are JSON, of equal length, and belong together by their places. */
export interface SendBatchSmsFields {
  readonly phoneNumberJson: string
  readonly signNameJson: string
  readonly templateCode: string
  readonly templateParamJson: string
  readonly outId: string
  readonly smsUpExtendCodeJson?: string
}

export interface AcceptedBody {
  readonly bizId?: string
  readonly requestId?: string
}

export interface AliyunClient {
  sendSms(fields: SendSmsFields, signal: AbortSignal): Promise<AcceptedBody>
  /** @param call is told how far it came */
  sendBatchSms(fields: SendBatchSmsFields, call: WireCall): Promise<AcceptedBody>
  /** What was sent to a number on a day, page by page. */
  querySendDetails(fields: QuerySendDetailsFields, signal: AbortSignal): Promise<SendDetails>
  /** The account's templates, page by page. A signed call that needs no recipient and changes nothing. */
  listTemplates(fields: TemplateListFields, signal: AbortSignal): Promise<TemplateList>
}

/** @throws {NotifyError} INVALID_CONFIG where the SDK is not installed */
export async function loadClient(api: Pick<AliyunApi, 'call'>): Promise<AliyunClient> {
  const name = '@alicloud/dysmsapi20170525'
  const sdk = exportsOf(await loadPeer(name, () => import('@alicloud/dysmsapi20170525')))
  class WireClient extends sdk.default {
    async callApi(operation: Operation, request: Pick<Operation, 'query' | 'body'>, call: WireCall) {
      const { action, version, method, pathname } = operation
      const { query, body } = request
      const reply = await api.call({ action, version, method, pathname, query, body }, call)
      return { statusCode: reply.status, headers: {}, body: reply.body }
    }
  }
  // Keys and network stay ours, so the SDK is told neither; it refuses to start without an endpoint.
  const client = new WireClient({ endpoint: 'notiwire.invalid', userAgent: 'notiwire' })
  return {
    sendSms: (fields, signal) =>
      perform(begun(signal), async (call) => {
        const { body } = await client.sendSmsWithOptions(new sdk.SendSmsRequest(fields), call)
        return body ?? {}
      }),
    sendBatchSms: (fields, given) =>
      perform(given, async (call) => {
        const { body } = await client.sendBatchSmsWithOptions(new sdk.SendBatchSmsRequest(fields), call)
        return body ?? {}
      }),
    querySendDetails: (fields, signal) =>
      perform(begun(signal), async (call) => {
        const request = new sdk.QuerySendDetailsRequest(fields)
        const { body } = await client.querySendDetailsWithOptions(request, call)
        return toSendDetails(body)
      }),
    listTemplates: (fields, signal) =>
      perform(begun(signal), async (call) => {
        const request = new sdk.QuerySmsTemplateListRequest(fields)
        const { body } = await client.querySmsTemplateListWithOptions(request, call)
        return toTemplates(body)
      }),
  }
}

function begun(signal: AbortSignal): WireCall {
  return { signal, wasWritten: false }
}

/** An answer that does not say how many there are does not say that there is none. */
function toSendDetails({ totalCount, smsSendDetailDTOs }: SendDetailsBody = {}): SendDetails {
  const text = String(totalCount)
  if (!/^\d+$/.test(text)) {
    throw new NotifyError('DRIVER_FAILED', 'Aliyun answered QuerySendDetails with no count of messages')
  }
  const details = smsSendDetailDTOs?.smsSendDetailDTO ?? []
  return { outIds: details.map(({ outId }) => outId ?? ''), total: Number(text) }
}

function toTemplates({ smsTemplateList = [] }: TemplateListBody = {}): TemplateList {
  return smsTemplateList.map(({ templateCode = '', templateContent = '', auditStatus = '' }) => {
    return { templateCode, templateContent, auditStatus }
  })
}

/** Does the work; what the SDK throws of its own is told by how far the request came. */
async function perform<T>(call: WireCall, work: (call: WireCall) => Promise<T>): Promise<T> {
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
