/** The template of a text message, with what was filled in marked. */
import type { SmsView } from '../../../sandbox/captured.ts'
import { fillTemplate, type Piece } from '../../parts/fill-template.ts'
import { NameValueTable } from '../../parts/name-value-table.tsx'
import { useApp } from '../../state/app-context.ts'

export function SmsTemplate({ view }: { readonly view: SmsView }) {
  const { t } = useApp()
  const { templateContent, params } = view
  const given = Object.entries(params)
  return (
    <section class="template" aria-label={t.sms.template}>
      <h3>{t.sms.template}</h3>
      {templateContent === undefined ? (
        <p class="note">{t.sms.noTemplate}</p>
      ) : (
        <p class="template-text">
          {fillTemplate(templateContent, params).map((piece, index) => (
            <PieceText key={index} piece={piece} />
          ))}
        </p>
      )}
      {given.length > 0 && <NameValueTable rows={given} />}
    </section>
  )
}

function PieceText({ piece }: { readonly piece: Piece }) {
  const { t } = useApp()
  const { text, variable, isFilled } = piece
  if (variable === undefined) return <>{text}</>
  const title = isFilled ? variable : `${variable}: ${t.sms.unfilled}`
  return (
    <mark class={isFilled ? 'filled' : 'unfilled'} title={title}>
      {text}
    </mark>
  )
}
