/** Asks the sandbox; see `sandbox/api.ts` for what it answers. */
import type {
  ApiError,
  ArmedFault,
  Connections,
  FaultList,
  FaultRequest,
  ListQuery,
  MessageList,
} from '../../sandbox/api.ts'
import type { CapturedMessage } from '../../sandbox/captured.ts'

/** With a status of 4xx or 5xx. */
export class Refused extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Of a message, or a part of it: `raw`, `html`, `download`, `attachments/0`. */
export function messageUrl(id: string, part = ''): string {
  return `/api/messages/${encodeURIComponent(id)}${part && `/${part}`}`
}

export function listMessages(query: ListQuery): Promise<MessageList> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const params = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
  return json(`/api/messages?${params.toString()}`)
}

export function readMessage(id: string): Promise<CapturedMessage> {
  return json(messageUrl(id))
}

export async function readSource(id: string): Promise<string> {
  return (await ask(messageUrl(id, 'raw'))).text()
}

export async function deleteMessage(id: string): Promise<void> {
  await ask(messageUrl(id), { method: 'DELETE' })
}

export async function clearMessages(): Promise<void> {
  await ask('/api/messages', { method: 'DELETE' })
}

export function readFaults(): Promise<FaultList> {
  return json('/api/faults')
}

export function armFault(request: FaultRequest): Promise<ArmedFault> {
  const headers = { 'content-type': 'application/json' }
  return json('/api/faults', { method: 'POST', headers, body: JSON.stringify(request) })
}

export async function disarmFaults(): Promise<void> {
  await ask('/api/faults', { method: 'DELETE' })
}

export function readConnections(): Promise<Connections> {
  return json('/api/connections')
}

async function json<T>(url: string, init?: RequestInit): Promise<T> {
  return (await (await ask(url, init)).json()) as T
}

async function ask(url: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  if (!response.ok) throw new Refused(response.status, await whyOf(response))
  return response
}

async function whyOf(response: Response): Promise<string> {
  const told = (await response.json().catch(() => undefined)) as Partial<ApiError> | undefined
  return told?.error?.message ?? `${response.status} ${response.statusText}`
}
