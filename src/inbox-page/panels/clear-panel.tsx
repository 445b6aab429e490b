/** Asks before everything is thrown away. */
import { Button } from '../parts/buttons.tsx'
import { clearMessages } from '../state/api-client.ts'
import { useApp } from '../state/app-context.ts'

export function ClearPanel() {
  const { t, say, show, go, route, inbox } = useApp()
  const clear = async () => {
    try {
      await clearMessages()
      inbox.take({ type: 'cleared' })
      if (route.id) go({})
      say(t.list.cleared)
    } catch (error) {
      say(t.wentWrong(error instanceof Error ? error.message : ''))
    }
    show(undefined)
  }
  return (
    <>
      <p>{t.clear.text}</p>
      <div class="dialog-foot">
        <Button onClick={() => show(undefined)}>{t.cancel}</Button>
        <Button kind="danger" icon="trash" onClick={() => void clear()}>
          {t.clear.confirm}
        </Button>
      </div>
    </>
  )
}
