import { expect, it } from 'vitest'
import { isLoopback } from '../../src/core/loopback.ts'

it.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.8.9.10', '::1', '[::1]'])(
  'takes %s for this machine',
  (host) => {
    expect(isLoopback(host)).toBe(true)
  },
)

it.each([
  '',
  '0.0.0.0',
  '10.0.0.1',
  'localhost.example.com',
  '127.0.0.1.example.com',
  'mail.localhost',
  '::2',
  '::',
])('does not take %j for this machine', (host) => {
  expect(isLoopback(host)).toBe(false)
})
