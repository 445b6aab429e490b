/** A text message on the phone of who receives it, and what it costs. */
import type { CapturedMessage, SmsView } from '../../../sandbox/captured.ts'
import { Facts, type Fact } from '../../parts/facts.tsx'
import { formatClock, formatPrice } from '../../parts/format.ts'
import { useApp } from '../../state/app-context.ts'
import { SmsTemplate } from './sms-template.tsx'

interface SmsProps {
  readonly message: CapturedMessage
  readonly view: SmsView
}

export function SmsMessage({ message, view }: SmsProps) {
  return (
    <div class="side-by-side">
      <SmsPhone message={message} view={view} />
      <div class="beside">
        <Segments view={view} />
        <SmsFacts message={message} view={view} />
        <SmsTemplate view={view} />
      </div>
    </div>
  )
}

function SmsPhone({ message, view }: SmsProps) {
  const { t, tag } = useApp()
  const sender = view.signName || message.provider
  return (
    <section class="phone sms-phone" aria-label={t.sms.phone}>
      <div class="phone-status" aria-hidden="true">
        <span>{formatClock(message.at, tag)}</span>
        <span class="phone-battery" />
      </div>
      <div class="sms-head">
        <span class="sms-avatar" aria-hidden="true">
          {[...sender][0]}
        </span>
        <span class="sms-sender">{sender}</span>
      </div>
      <div class="sms-thread">
        <p class="sms-day">
          {t.sms.textMessage} · {t.sms.today} {formatClock(message.at, tag)}
        </p>
        <p class="bubble">{view.text}</p>
      </div>
    </section>
  )
}

/** One block per segment that is charged. */
function Segments({ view }: { readonly view: SmsView }) {
  const { t } = useApp()
  return (
    <dl class="figures">
      <Figure name={t.sms.segments} value={view.segments} isAlarming={view.segments > 1} />
      <Figure name={t.sms.characters} value={view.characters} />
      <Figure name={t.sms.left} value={view.charactersLeft} />
      <Figure name={t.sms.encoding} value={view.encoding} />
    </dl>
  )
}

interface FigureProps {
  readonly name: string
  readonly value: number | string
  readonly isAlarming?: boolean
}

function Figure({ name, value, isAlarming }: FigureProps) {
  return (
    <div class={isAlarming ? 'figure alarming' : 'figure'}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function SmsFacts({ message, view }: SmsProps) {
  const { t } = useApp()
  const facts: readonly Fact[] = [
    [t.message.to, message.to.join(', ')],
    [t.sms.signName, view.signName],
    [t.sms.template, view.template && <code>{view.template}</code>],
    [t.sms.region, t.sms[view.region]],
    [t.sms.cost, view.cost && <Cost cost={view.cost} />],
  ]
  return <Facts facts={facts} />
}

function Cost({ cost }: { readonly cost: NonNullable<SmsView['cost']> }) {
  const { t, tag } = useApp()
  const { amount, currency, perSegment } = cost
  return (
    <>
      {formatPrice(amount, currency, tag)} <span class="chip">{t.sms.estimate}</span>{' '}
      <span class="quiet">{t.sms.perSegment(formatPrice(perSegment, currency, tag))}</span>
    </>
  )
}
