/** Text as a machine wrote it, with a button that copies it. */
import { CopyButton } from './buttons.tsx'

export function CodeBlock({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <section class="code-block" aria-label={label}>
      <div class="code-head">
        <h3>{label}</h3>
        <CopyButton text={text} />
      </div>
      {/* It scrolls, so the keyboard must be able to get there. */}
      <pre tabIndex={0} aria-label={label} role="region">
        {text}
      </pre>
    </section>
  )
}
