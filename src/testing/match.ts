/** Whether a captured message is the one that a test asks for. */
import type { AnyCaptured } from './mailbox.ts'

/** Partial equality as the runner has it: `expected` may leave fields out and hold asymmetric matchers. */
export type Equal = (actual: unknown, expected: unknown) => boolean

/** Fields of a message, or an asymmetric matcher for the whole. */
export type Expected = object

/** Where the whole did not fit. */
export const WHOLE = '(the whole message)'

/**
 * The fields that are neither in what the app wrote nor in what the schema made of it as expected; none where the
 * message fits. Each field may fit in its own form: an address as it was written beside a default that was added.
 */
export function differencesOf(sent: AnyCaptured, expected: Expected, equal: Equal): string[] {
  const forms = [sent.input, sent.message]
  if (isAsymmetric(expected)) return forms.some((form) => equal(form, expected)) ? [] : [WHOLE]
  return Object.entries(expected)
    .filter(
      ([key, value]: [string, unknown]) => !forms.some((form) => equal(fieldOf(form, key), { [key]: value })),
    )
    .map(([key]) => key)
}

/** What of the message stands against the fields that are expected, as the app wrote it where it did. */
export function counterpartOf({ input, message }: AnyCaptured, expected: Expected): unknown {
  const whole = input ?? message
  if (isAsymmetric(expected)) return whole
  const fields = Object.keys(expected).map((key) => ({ ...fieldOf(message, key), ...fieldOf(input, key) }))
  return Object.assign({}, ...fields) as unknown
}

function fieldOf(form: unknown, key: string): Readonly<Record<string, unknown>> {
  if (typeof form !== 'object' || form === null || !Object.hasOwn(form, key)) return {}
  return { [key]: (form as Readonly<Record<string, unknown>>)[key] }
}

function isAsymmetric(expected: Expected): boolean {
  return 'asymmetricMatch' in expected && typeof expected.asymmetricMatch === 'function'
}
