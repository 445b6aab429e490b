/** The findings as a person reads them. */
import type { Examination } from './examine.ts'
import type { Finding } from './finding.ts'

const MARK = { ok: '✓', warning: '!', failed: '✗', skipped: '-' } as const

export function toTable(examinations: readonly Examination[]): string {
  const findings = examinations.flatMap((examination) => examination.findings)
  const width = Math.max(0, ...findings.map(({ name }) => name.length))
  const blocks = examinations.map(({ channel, provider, findings: own }) => {
    return [`${channel} (${provider})`, ...own.flatMap((finding) => linesOf(finding, width))].join('\n')
  })
  return `${[...blocks, summaryOf(findings)].join('\n\n')}\n`
}

function linesOf({ name, status, message, fix, providerCode }: Finding, width: number): string[] {
  const code = providerCode !== undefined && !message.includes(providerCode) ? ` [${providerCode}]` : ''
  const line = `  ${MARK[status]} ${name.padEnd(width)}  ${message}${code}`
  return fix === undefined ? [line] : [line, `    ${' '.repeat(width)}  → ${fix}`]
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (wanted: Finding['status']) => findings.filter(({ status }) => status === wanted).length
  return `${count('ok')} ok, ${count('warning')} warnings, ${count('failed')} failed, ${count('skipped')} skipped. Nothing was sent.`
}
