/** Whom to write to, where a failure is wanted every time. */
import type { FaultMenu } from '../../../sandbox/api.ts'
import { CopyButton } from '../../parts/buttons.tsx'
import { useApp } from '../../state/app-context.ts'

export function Recipients({ menu }: { readonly menu: FaultMenu }) {
  const { t } = useApp()
  if (menu.recipients.length === 0) return null
  return (
    <section class="recipients" aria-label={t.failures.recipients}>
      <h3>{t.failures.recipients}</h3>
      <ul>
        {menu.recipients.map(({ to, meaning }) => (
          <li key={to}>
            <div>
              <code>{to}</code>
              <p class="quiet">{meaning}</p>
            </div>
            <CopyButton text={to} />
          </li>
        ))}
      </ul>
    </section>
  )
}
