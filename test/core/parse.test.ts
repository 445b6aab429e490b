import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parse } from '../../src/core/parse.ts'
import type { NotifyError, StandardSchema } from '../../src/index.ts'

function issuesOf(schema: StandardSchema, input: unknown) {
  try {
    parse(schema, input, 'INVALID_MESSAGE')
  } catch (error) {
    return (error as NotifyError).issues
  }
  return []
}

describe('parse', () => {
  it('fills defaults', () => {
    expect(parse(z.strictObject({ a: z.string().default('x') }), {}, 'INVALID_MESSAGE')).toEqual({ a: 'x' })
  })

  it('names the path of a field inside a list', () => {
    const schema = z.strictObject({ to: z.array(z.strictObject({ name: z.string() })) })

    expect(issuesOf(schema, { to: [{ name: 'a' }, { name: 1 }] })).toEqual([
      { path: 'to.1.name', message: 'Invalid input: expected string, received number' },
    ])
  })

  it('says of a union what its nearest branch expected', () => {
    const schema = z.strictObject({ to: z.union([z.string(), z.strictObject({ address: z.string() })]) })

    expect(issuesOf(schema, { to: { address: 1 } })).toEqual([
      { path: 'to.address', message: 'Invalid input: expected string, received number' },
    ])
    expect(issuesOf(schema, { to: 1 })?.[0]?.message).toBe(
      'Invalid input: expected string, received number or Invalid input: expected object, received number',
    )
  })

  it('never quotes the value, even where the schema library does', () => {
    const quoting: StandardSchema = {
      '~standard': {
        version: 1,
        vendor: 'quoting',
        validate: (value) => ({
          issues: [{ message: `"${String((value as { to: string }).to)}" is bad`, path: ['to'] }],
        }),
      },
    }

    expect(issuesOf(quoting, { to: 'bob@example.com' })).toEqual([
      { path: 'to', message: '"[redacted]" is bad, received a string of 15 characters' },
    ])
  })

  it('refuses a schema that validates asynchronously', () => {
    const schema = z.string().refine(() => Promise.resolve(true))

    expect(() => parse(schema, 'x', 'INVALID_MESSAGE')).toThrow(
      expect.objectContaining({ code: 'DRIVER_FAILED', delivery: 'not_sent' }) as Error,
    )
  })

  it('survives a check that throws, without an unhandled rejection', () => {
    const schema = z.string().refine(() => {
      throw new Error('inside')
    })

    expect(() => parse(schema, 'x', 'INVALID_MESSAGE')).toThrow(/or a check of it threw/)
  })
})
