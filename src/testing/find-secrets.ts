/** Looks for secrets where they must not be: in everything a log, a crash report or a JSON reply would show. */
import { inspect } from 'node:util'
import { cutForm, EVERY_ENCODING, formsOf } from '../core/secret-forms.ts'

/** Those of `secrets` that can be read from `value` by printing, inspecting or serialising it. */
export function findSecrets(value: unknown, secrets: Iterable<string>): string[] {
  const shown = `${print(value)}\n${everyText(value, new Set()).join('\n')}`
  const isShown = (form: string) =>
    shown.toLowerCase().includes(form.toLowerCase()) || cutForm(shown, form, '') !== shown
  return [...secrets].filter((secret) => formsOf(secret, EVERY_ENCODING).some(isShown))
}

function print(value: unknown): string {
  const inspected = inspect(value, { depth: 12, showHidden: true, getters: false, maxStringLength: null })
  return `${inspected}\n${toJson(value)}`
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}

/** Texts of own properties that are not enumerable, as an error's stack and cause are. */
function everyText(value: unknown, seen: Set<unknown>): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null || seen.has(value)) return []
  seen.add(value)
  return Object.values(Object.getOwnPropertyDescriptors(value)).flatMap((property) =>
    everyText(property.value, seen),
  )
}
