import { expect, it } from 'vitest'
import { isInRange } from '../../../src/cli/doctor/version-range.ts'

it.each([
  ['10.6.0', '^10.6.0', true],
  ['10.7.2', '^10.6.0', true],
  ['10.5.9', '^10.6.0', false],
  ['11.0.0', '^10.6.0', false],
  ['0.2.5', '^0.2.3', true],
  ['0.3.0', '^0.2.3', false],
  ['0.0.4', '^0.0.3', false],
  ['6.7.4', '~6.7.0', true],
  ['6.8.0', '~6.7.0', false],
  ['1.9.1', '>=1.3.0 <1.10.0', true],
  ['1.10.0', '>=1.3.0 <1.10.0', false],
  ['6.1.0', '^5.0.0 || ^6.0.0', true],
  ['7.0.0', '^5.0.0 || ^6.0.0', false],
  ['8.23.0-rc.1', '^8.23.0', true],
  ['3.2.0', '>3.2.0', false],
  ['3.2.0', '<=3.2.0', true],
  ['3.2.0', '3.2.0', true],
  ['3.2.0', '*', true],
])('knows of %s whether it is in %s: %s', (version, range, isIn) => {
  expect(isInRange(version, range)).toBe(isIn)
})
