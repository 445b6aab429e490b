/** Reads the number that the guard of a staging system sends messages to, instead of their own. */
import type { NotifyError } from '../../core/errors.ts'
import { invalid } from '../../core/parse.ts'
import { EXPECTED_PHONE, readPhone, type Phone } from './phone.ts'

/** @throws {NotifyError} INVALID_MESSAGE, where it is no phone number */
export function redirectPhone(to: string): Phone {
  const phone = readPhone(to)
  if (!phone) throw cannotRedirect(EXPECTED_PHONE)
  return phone
}

/** @param expected instead of the number, which is not quoted */
export function cannotRedirect(expected: string): NotifyError {
  return invalid('INVALID_MESSAGE', [{ path: 'guard.redirectTo', message: expected }])
}
