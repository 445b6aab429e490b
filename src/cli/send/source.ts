/** Opens the messages: a file, or stdin for `-`. */
import { createReadStream, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import type { CliIo } from '../io.ts'
import { csvItems } from '../message/csv.ts'
import type { Format, Item } from '../message/item.ts'
import { ndjsonItems } from '../message/ndjson.ts'
import { UsageError } from '../usage-error.ts'

export interface Messages {
  readonly items: AsyncIterable<Item>
  /** Closes it, so that waiting for more of it comes to an end. */
  readonly close: () => void
}

/** @throws {UsageError} where the file is not there */
export function openMessages(file: string, format: Format | undefined, io: CliIo): Messages {
  const stream: Readable = file === '-' ? io.stdin : createReadStream(existing(resolve(io.cwd, file), file))
  const isCsv = (format ?? (file.toLowerCase().endsWith('.csv') ? 'csv' : 'ndjson')) === 'csv'
  return { items: isCsv ? csvItems(stream) : ndjsonItems(stream), close: () => void stream.destroy() }
}

function existing(file: string, shown: string): string {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === false) return file
  throw new UsageError(`the file ${shown} is not there`)
}
