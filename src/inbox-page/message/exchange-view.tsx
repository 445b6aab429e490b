/** What went over the line. */
import type { Exchange } from '../../sandbox/captured.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { useApp } from '../state/app-context.ts'

export function ExchangeView({ exchange }: { readonly exchange: Exchange }) {
  const { t } = useApp()
  return (
    <>
      <p class="quiet">{t.exchange.note}</p>
      <CodeBlock label={t.exchange.request} text={exchange.request} />
      {exchange.response === undefined ? (
        <p class="note">{t.exchange.none}</p>
      ) : (
        <CodeBlock label={t.exchange.response} text={exchange.response} />
      )}
    </>
  )
}
