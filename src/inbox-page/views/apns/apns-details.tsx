/** What was handed to Apple: the payload and its headers. */
import type { ApnsView } from '../../../sandbox/captured.ts'
import { CodeBlock } from '../../parts/code-block.tsx'
import { prettyJson } from '../../parts/format.ts'
import { NameValueTable } from '../../parts/name-value-table.tsx'
import { useApp } from '../../state/app-context.ts'

export function ApnsDetails({ view }: { readonly view: ApnsView }) {
  const { t } = useApp()
  return (
    <>
      <CodeBlock label={t.apns.payload} text={prettyJson(view.payload)} />
      <h3>{t.apns.headers}</h3>
      <NameValueTable rows={view.headers} />
    </>
  )
}
