/** `notiwire dev`: the sandbox and its page, until it is stopped. */
import { Command, InvalidArgumentError } from 'commander'
import type { CliIo } from './io.ts'
import { createSandbox, DEV_PORT, type Sandbox } from '../sandbox/sandbox.ts'

interface DevOptions {
  readonly port: number
  readonly host?: string
  readonly hostName?: string[]
  readonly maxMessages?: number
  readonly json?: boolean
}

export function devCommand({ stdout, onInterrupt }: CliIo): Command {
  return new Command('dev')
    .description('start fakes of all providers on this machine, and a page that shows what they were sent')
    .option('-p, --port <number>', 'of the page; the providers have the seven after it', whole, DEV_PORT)
    .option('--host <address>', 'what the page listens on; whoever reaches it can read every message')
    .option('--host-name <name...>', 'names besides localhost by which the page may be called')
    .option('--max-messages <number>', 'how many are kept; older ones make room', whole)
    .option('--json', 'print one JSON object instead of text')
    .action(async ({ json, hostName, ...options }: DevOptions) => {
      const sandbox = await createSandbox({ ...options, ...(hostName && { hostNames: hostName }) })
      stdout.write(json ? `${JSON.stringify(sandbox.connections)}\n` : textOf(sandbox))
      await new Promise<void>((resolve) => onInterrupt(resolve))
      await sandbox.close()
    })
}

function whole(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number')
  return value
}

function textOf({ url, connections }: Sandbox): string {
  const blocks = connections.providers.map(({ provider, lines }) => `# ${provider}\n${lines.join('\n')}`)
  return `Inbox: ${url}

An application with notiwire needs nothing but: createNotify({ ..., sandbox: true })
Any other can be pointed here:

${blocks.join('\n\n')}

Ctrl+C stops it.
`
}
