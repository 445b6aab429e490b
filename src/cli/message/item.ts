/** One message of a file, or what is wrong where one should be. */
import type { Fields } from './set-path.ts'

export type Item =
  { readonly line: number; readonly fields: Fields } | { readonly line: number; readonly fault: string }

export type Format = 'ndjson' | 'csv'
