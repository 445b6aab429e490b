/** How an error that ends a command is told: in lines for people, or as one JSON object. */
import { NotifyError } from '../core/errors.ts'
import { bareError } from '../core/redact.ts'
import { UsageError } from './usage-error.ts'

const MAX_CAUSES = 8

export interface ReportOptions {
  /** With the causes. */
  readonly isVerbose: boolean
}

/** Such as `{ code: 'INVALID_CONFIG', message: '...', issues: [...] }`. */
export function errorBody(error: unknown, { isVerbose }: ReportOptions): object {
  const causes = isVerbose ? { causes: causesOf(error) } : {}
  if (NotifyError.isNotifyError(error)) {
    const { code, message, issues } = error
    return { code, message, ...(issues && { issues }), ...causes }
  }
  if (error instanceof UsageError) return { code: error.code, message: error.message }
  return { code: 'INTERNAL', message: messageOf(error), ...causes }
}

/** One line for the error, one for each thing that is wrong, and with `isVerbose` one for each cause. */
export function errorText(error: unknown, options: ReportOptions): string {
  const lines = [
    headOf(error),
    ...(options.isVerbose ? causesOf(error).map((cause) => `  caused by: ${cause}`) : []),
  ]
  return `${lines.join('\n')}\n`
}

function headOf(error: unknown): string {
  if (error instanceof UsageError) return `error: ${error.message}`
  if (!NotifyError.isNotifyError(error)) return `error: ${messageOf(error)}`
  const { issues = [], code, message } = error
  if (issues.length < 2) return `error: ${message} (${code})`
  const all = issues.map(({ path, message: text }) => `  ${path ? `${path}: ` : ''}${text}`)
  return [`error: ${issues.length} things are wrong (${code})`, ...all].join('\n')
}

/** Ours have been cleaned where they were made; of others the texts and codes are kept, and nothing they carry along. */
export function causesOf(error: unknown): string[] {
  const texts: string[] = []
  const visit = (cause: unknown): void => {
    if (cause === undefined || texts.length >= MAX_CAUSES) return
    const bare = NotifyError.isNotifyError(cause) ? cause : bareError(cause)
    const code = 'code' in bare ? ` (${String(bare.code)})` : ''
    texts.push(`${bare.name}: ${bare.message}${code}`)
    if (bare instanceof AggregateError) bare.errors.forEach(visit)
    visit(bare.cause)
  }
  if (error instanceof Error) visit(error.cause)
  return texts
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'something that is no error was thrown'
}
