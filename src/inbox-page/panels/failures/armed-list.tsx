/** What will fail next, and how to call it off. */
import { Button } from '../../parts/buttons.tsx'
import { disarmFaults } from '../../state/api-client.ts'
import { useApp } from '../../state/app-context.ts'

export function ArmedList() {
  const { t, armed, say } = useApp()
  const disarm = async () => {
    try {
      await disarmFaults()
      say(t.failures.disarmed)
    } catch (error) {
      say(t.wentWrong(error instanceof Error ? error.message : ''))
    }
  }
  return (
    <section class="armed" aria-label={t.failures.armed}>
      <h3>{t.failures.armed}</h3>
      {armed.length === 0 && <p class="quiet">{t.failures.noneArmed}</p>}
      <ul>
        {armed.map(({ id, provider, fault, refusal, left }) => (
          <li key={id}>
            <span class="chip">{provider}</span>
            <code>{fault ?? refusal}</code>
            <span class="quiet">{t.failures.left(left)}</span>
          </li>
        ))}
      </ul>
      {armed.length > 0 && <Button onClick={() => void disarm()}>{t.failures.disarmAll}</Button>}
    </section>
  )
}
