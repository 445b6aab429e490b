/** The message schema with what this driver's configuration allows. */
import * as z from 'zod'
import type { SmtpConfig } from './config.ts'
import { emailMessage, recipientsOf, type EmailMessage } from './message.ts'

export function allowedMessage(config: SmtpConfig) {
  return emailMessage.superRefine((message, context) => {
    for (const [path, text] of violations(message, config)) {
      context.addIssue({ code: 'custom', path: [...path], message: text })
    }
  })
}

type Violation = readonly [path: readonly PropertyKey[], text: string]

function violations(message: z.output<typeof emailMessage>, config: SmtpConfig): Violation[] {
  const found: Violation[] = []
  const count = recipientsOf(message).length
  if (count > config.maxRecipients) {
    found.push([['to'], `expected at most ${config.maxRecipients} recipients in all, received ${count}`])
  }
  if (!message.from && !config.from) {
    found.push([['from'], 'is required, as the driver’s configuration names no sender'])
  }
  if (message.listUnsubscribe && config.dkimKeys.length === 0 && !config.relaySigns) {
    found.push([
      ['listUnsubscribe'],
      'expected dkim in the driver’s configuration, or relaySigns: true: one-click works in signed messages only',
    ])
  }
  return [...found, ...files(message, config)]
}

function files({ attachments = [] }: EmailMessage, { allowFileRoots }: SmtpConfig): Violation[] {
  if (allowFileRoots.length > 0) return []
  return attachments.flatMap(({ path }, index): Violation[] =>
    path === undefined
      ? []
      : [[['attachments', index, 'path'], 'expected no files: the driver’s allowFileRoots names no folder']],
  )
}
