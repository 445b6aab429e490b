/** Finds messages by the words in them. */
import type { MessageView } from './captured.ts'
import type { CaptureDraft } from './draft.ts'

/** Of each message, what is searched of it. */
const LONGEST = 20_000

/** The words of a search; letter case does not matter. */
export function wordsIn(q: string): readonly string[] {
  return q.toLowerCase().split(/\s+/).filter(Boolean)
}

/** Whether a message holds every word. Its text is made when it is first asked. */
export function matcherOf(draft: CaptureDraft): (words: readonly string[]) => boolean {
  let text: string | undefined
  return (words) => words.every((word) => (text ??= textOf(draft)).includes(word))
}

function textOf({
  channel,
  provider,
  recipientList,
  title,
  preview,
  outcome,
  code = '',
  view,
}: CaptureDraft): string {
  const parts = [
    channel,
    provider,
    ...recipientList.slice(0, 100),
    title,
    preview,
    outcome,
    code,
    ...wordsOf(view),
  ]
  return parts.join('\n').slice(0, LONGEST).toLowerCase()
}

function wordsOf(view: MessageView | undefined): readonly string[] {
  switch (view?.kind) {
    case 'email':
      return [view.text ?? '', ...view.from.map(({ name }) => name), ...view.cc.map(({ address }) => address)]
    case 'sms':
      return [view.text, view.template]
    case 'wechat':
      return [view.templateId, ...view.fields.map(({ value }) => value)]
    case 'apns':
      return [view.topic, JSON.stringify(view.payload)]
    case 'websocket':
      return [view.channel, String(JSON.stringify(view.data))]
    case undefined:
      return []
  }
}
