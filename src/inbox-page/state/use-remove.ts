/** Deletes a message, and opens the one below it if it was open. */
import { deleteMessage } from './api-client.ts'
import { useApp, type App } from './app-context.ts'
import { filterOf } from './route.ts'

export function useRemove(): (id: string) => Promise<void> {
  const app = useApp()
  return (id) => removeMessage(app, id)
}

export async function removeMessage({ t, route, go, inbox, say }: App, id: string): Promise<void> {
  const { messages } = inbox.state
  const index = messages.findIndex((message) => message.id === id)
  const next = index < 0 ? undefined : (messages[index + 1] ?? messages[index - 1])
  try {
    await deleteMessage(id)
    if (route.id === id) go({ ...filterOf(route), ...(next && { id: next.id }) }, 'replace')
    say(t.list.deleted)
  } catch (error) {
    say(t.wentWrong(error instanceof Error ? error.message : ''))
  }
}
