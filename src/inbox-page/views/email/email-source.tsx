/** An e-mail as it came over the line. */
import { useEffect, useState } from 'preact/hooks'
import { CodeBlock } from '../../parts/code-block.tsx'
import { readSource } from '../../state/api-client.ts'
import { useApp } from '../../state/app-context.ts'

/** A browser takes seconds to lay out an attachment of megabytes. */
const MOST_CHARACTERS = 200_000

export function EmailSource({ id }: { readonly id: string }) {
  const { t } = useApp()
  const [source, setSource] = useState<string>()
  useEffect(() => {
    let isWanted = true
    readSource(id).then(
      (text) => isWanted && setSource(text),
      (error: unknown) => isWanted && setSource(t.wentWrong(String(error))),
    )
    return () => {
      isWanted = false
    }
  }, [id])
  if (source === undefined) return <p class="quiet">{t.list.loading}</p>
  return (
    <>
      {source.length > MOST_CHARACTERS && <p class="note">{t.email.cut}</p>}
      <CodeBlock label={t.tabs.source} text={source.slice(0, MOST_CHARACTERS)} />
    </>
  )
}
