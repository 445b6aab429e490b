/** Reads a phone number as people write it: mainland Chinese mobiles in any usual form, everything else with its country code. */

export type Region = 'mainland' | 'international'

export interface Phone {
  readonly region: Region
  /** Mainland: the bare 11 digits. Elsewhere: country code and number without the plus. */
  readonly digits: string
}

export const EXPECTED_PHONE =
  'expected a mainland mobile number, or + or 00 and an international number (E.164)'

const MAINLAND = /^1[3-9]\d{9}$/

/** A zero that is dialled at home only: with it the number is another, and in Italy without it. */
const TRUNK_ZERO = '(0)'

/** What anybody writes a number with, spaces and all. */
const MAX_WRITTEN = 40

/**
 * Spaces, hyphens and parentheses are ignored. Undefined where it is no phone number a text can be sent to: bare
 * digits name nobody abroad, since any of them start with some country's code.
 */
export function readPhone(written: string): Phone | undefined {
  if (written.length > MAX_WRITTEN || written.includes(TRUNK_ZERO)) return undefined
  const compact = written.replace(/[ ()-]/g, '')
  const mainland = /^(?:\+86|0086|86)?(1[3-9]\d{9})$/.exec(compact)?.[1]
  if (mainland !== undefined) return { region: 'mainland', digits: mainland }
  const digits = /^(?:\+|00)([1-9]\d{6,14})$/.exec(compact)?.[1]
  if (digits === undefined || digits.startsWith('86')) return undefined
  if (digits.startsWith('1') && !/^1[2-9]\d{2}[2-9]\d{6}$/.test(digits)) return undefined
  return { region: 'international', digits }
}

/** The one form in which callers list numbers: `+8613800138000`. */
export function toE164({ region, digits }: Phone): string {
  return region === 'mainland' ? `+86${digits}` : `+${digits}`
}

/**
 * True where the digits alone name somebody else: without its plus, the American +1 415 555 0100 is the
 * mainland mobile 141 5555 0100.
 */
export function readsAsMainland({ region, digits }: Phone): boolean {
  return region === 'international' && MAINLAND.test(digits)
}

/** Every way the number may stand in a text. */
export function phoneForms(written: string, { region, digits }: Phone): string[] {
  const prefixes = region === 'mainland' ? ['', '86', '+86', '0086', '+86 ', '+86-'] : ['', '+', '00']
  return [written, ...prefixes.map((prefix) => prefix + digits)]
}
