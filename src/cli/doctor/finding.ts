/** What the doctor says of each thing it looked at. */
import type { FailureCode } from '../../core/failures.ts'

export type CheckName =
  | 'configuration'
  | 'package'
  | 'dns'
  | 'tcp'
  | 'starttls'
  | 'tls'
  | 'client-certificate'
  | 'clock'
  | 'credentials'
  | 'topic'
  | 'templates'

export interface Finding {
  readonly name: CheckName
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped'
  /** What was found, in one line. */
  readonly message: string
  /** What to do about it, in one line; absent where nothing is to be done. */
  readonly fix?: string
  /** Of a failure: the NotifyError's. */
  readonly code?: FailureCode
  /** What the provider, or the system, calls it. */
  readonly providerCode?: string
}

/** What is wrong, and what to do about it. */
export interface Trouble {
  readonly message: string
  readonly fix: string
  readonly code?: FailureCode | undefined
  readonly providerCode?: string | undefined
}

export function ok(name: CheckName, message: string): Finding {
  return { name, status: 'ok', message: oneLine(message) }
}

export function skipped(name: CheckName, message: string): Finding {
  return { name, status: 'skipped', message: oneLine(message) }
}

export function warning(name: CheckName, trouble: Trouble): Finding {
  return { name, status: 'warning', ...told(trouble) }
}

export function failed(name: CheckName, trouble: Trouble): Finding {
  return { name, status: 'failed', ...told(trouble) }
}

function told({ message, fix, code, providerCode }: Trouble): Omit<Finding, 'name' | 'status'> {
  return {
    ...{ message: oneLine(message), fix: oneLine(fix) },
    ...(code !== undefined && { code }),
    ...(providerCode !== undefined && { providerCode }),
  }
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
}
