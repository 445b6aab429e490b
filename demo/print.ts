/** Shows a demo's results to a person. */
import { inspect } from 'node:util'
import type { NotifyError } from '../src/index.ts'

export interface ChannelReport {
  readonly channel: string
  readonly status: string
  readonly provider: string
  readonly ms: number
  /** As the provider got it; null where it got nothing. */
  readonly received: unknown
  readonly error?: NotifyError
  readonly receipt?: unknown
}

export interface DebugReport {
  readonly channel: string
  readonly error: NotifyError
}

export function printPretty(results: readonly ChannelReport[], debug: DebugReport): void {
  for (const { channel, status, provider, ms, received, error, receipt } of results) {
    console.log(`${channel.padEnd(10)} ${status}  by ${provider} in ${ms.toFixed(1)} ms`)
    console.log(`  receipt   ${show(receipt ?? error)}`)
    console.log(`  received  ${show(received)}\n`)
  }
  console.log(`debug mode: send('${debug.channel}', ...) to a recipient that the provider refuses throws\n`)
  console.log(inspect(debug.error).replace(/^/gm, '  '))
}

function show(value: unknown): string {
  return inspect(value, { breakLength: 100, depth: 6 }).replaceAll('\n', '\n            ')
}
