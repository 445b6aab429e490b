/** How a message came to be sent, step by step. */
import type { Trace, TraceStep } from '../../sandbox/captured.ts'
import type { Dictionary } from '../i18n/english.ts'
import { Facts } from '../parts/facts.tsx'
import { formatMs } from '../parts/format.ts'
import { useApp } from '../state/app-context.ts'

/** Their time is one that is waited, not one that passed. */
const WAITS = ['retry', 'deferred', 'limited', 'queued']

export function TraceView({ trace }: { readonly trace: Trace | undefined }) {
  const { t } = useApp()
  if (!trace) return <p class="note">{t.trace.none}</p>
  const start = trace.steps[0]?.at ?? 0
  return (
    <>
      <Facts
        facts={[
          [t.trace.delivery, <code>{trace.deliveryId}</code>],
          [t.websocket.channel, trace.channel],
        ]}
      />
      <ol class="trace">
        {trace.steps.map((step, index) => (
          <Step key={index} step={step} start={start} />
        ))}
      </ol>
    </>
  )
}

function Step({ step, start }: { readonly step: TraceStep; readonly start: number }) {
  const { t } = useApp()
  const { type, provider, attempt, error, reason } = step
  return (
    <li class={`step ${error ? 'failing' : type}`}>
      <time class="step-time">+{formatMs(step.at - start)}</time>
      <div class="step-what">
        <p>
          <strong>{nameOf(type, t)}</strong>
          {provider && <span class="chip">{provider}</span>}
          {attempt !== undefined && <span>{t.trace.attempt(attempt)}</span>}
          {step.ms !== undefined && <span class="quiet">{durationOf(type, step.ms, t)}</span>}
        </p>
        {reason && <p class="quiet">{reason}</p>}
        {error && (
          <p class="step-error">
            <code>{error.code}</code> {error.message} <span class="quiet">({error.delivery})</span>
          </p>
        )}
      </div>
    </li>
  )
}

function nameOf(type: string, { trace }: Dictionary): string {
  const names: Readonly<Record<string, string>> = trace.steps
  return Object.hasOwn(names, type) ? (names[type] ?? type) : type
}

function durationOf(type: string, ms: number, { trace }: Dictionary): string {
  return WAITS.includes(type) ? trace.waits(formatMs(ms)) : trace.took(formatMs(ms))
}
