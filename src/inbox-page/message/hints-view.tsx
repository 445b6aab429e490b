/** What is wrong with a message, or nearly. */
import type { Hint } from '../../sandbox/captured.ts'
import { Icon } from '../parts/icon.tsx'
import { useApp } from '../state/app-context.ts'

export function HintsView({ hints }: { readonly hints: readonly Hint[] }) {
  const { t } = useApp()
  if (hints.length === 0) return <p class="note good">{t.hints.none}</p>
  return (
    <ul class="hints">
      {hints.map((hint, index) => (
        <li key={index} class={`hint ${hint.level}`}>
          <Icon name={hint.level} />
          <div>
            <p>
              <span class="hidden">{t.hints[hint.level]}: </span>
              {sentenceOf(hint, t.hints.sentences)}
            </p>
            {hint.detail && <code>{hint.detail}</code>}
          </div>
        </li>
      ))}
    </ul>
  )
}

/** A newer sandbox may know hints that this page does not. */
function sentenceOf({ code, text }: Hint, sentences: Readonly<Record<string, string>>): string {
  return Object.hasOwn(sentences, code) ? (sentences[code] ?? text) : text
}
