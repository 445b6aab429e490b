import fc from 'fast-check'
import { expect, it } from 'vitest'
import { phoneForms, readPhone } from '../../../src/channels/sms/phone.ts'

const mobile = fc.stringMatching(/^1[3-9]\d{9}$/)
const abroad = fc.stringMatching(/^\+[1-9]\d{6,14}$/).filter((written) => !written.startsWith('+86'))
const prefix = fc.constantFrom('', '86', '+86', '0086', '+86 ', '+86-')
const spaced = (digits: string) => digits.replace(/^(1\d\d)(\d{4})(\d{4})$/, '$1 $2-$3')

it('reads every usual form of a mainland mobile as the same eleven digits', () => {
  fc.assert(
    fc.property(mobile, prefix, fc.boolean(), (digits, before, isSpaced) => {
      const written = before + (isSpaced ? spaced(digits) : digits)

      expect(readPhone(written)).toEqual({ region: 'mainland', digits })
    }),
  )
})

it('never reads a number with another country code as a mainland one', () => {
  fc.assert(
    fc.property(abroad, (written) => {
      const phone = readPhone(written)

      if (phone) expect(phone).toEqual({ region: 'international', digits: written.slice(1) })
      else expect(written).toMatch(/^\+1/)
    }),
  )
})

it('makes plain digits of whatever it reads, and never throws', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[+\d ()-]{0,20}$/))
  fc.assert(
    fc.property(text, (written) => {
      const phone = readPhone(written)

      if (!phone) return
      expect(phone.digits).toMatch(/^[1-9]\d{6,14}$/)
      expect(phoneForms(written, phone)).toContain(written)
    }),
  )
})

it('reads no number abroad without + or 00', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[1-9]\d{6,14}$/), (digits) => {
      expect(readPhone(digits)?.region ?? 'mainland').toBe('mainland')
    }),
  )
})

it.each(['+44 (0)7911 123456', '0044(0)7911123456', '+39(0)6 1234567'])(
  'guesses at no number whose zero is dialled at home only: %s',
  (written) => {
    expect(readPhone(written)).toBeUndefined()
    expect(readPhone(written.replace('(0)', ''))).toBeDefined()
  },
)
