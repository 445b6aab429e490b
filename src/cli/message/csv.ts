/**
 * Messages as CSV (RFC 4180): the first row names the fields, `params.code` for one inside another, `badge:=` for one
 * in JSON; empty cells are left out. What is wrong with a row is told of that row, and the next one is read.
 */
import { parse } from 'csv-parse/sync'
import { UsageError } from '../usage-error.ts'
import { setField } from './flags.ts'
import type { Item } from './item.ts'
import { linesOf, type Line } from './lines.ts'
import { readPath, type Fields } from './set-path.ts'

/** A cell with line breaks may be this long; what is longer is a quote that nothing closes. */
const MAX_RECORD = 1024 * 1024
const DELIMITERS = [',', ';', '\t']

/** @throws {UsageError} where the first row does not name the fields */
export async function* csvItems(stream: AsyncIterable<unknown>): AsyncGenerator<Item, void, undefined> {
  let table: CsvTable | undefined
  for await (const line of linesOf(stream)) {
    if (table) yield* table.add(line)
    else if (line.text.trim() !== '' || line.fault !== undefined) table = new CsvTable(line)
  }
  yield* table?.end() ?? []
}

class CsvTable {
  readonly #columns: readonly string[]
  readonly #delimiter: string
  /** A row whose quoted cell goes on in the next line. */
  #open: Line[] = []
  #openLength = 0
  #quotes = 0

  constructor({ text, fault }: Line) {
    this.#delimiter = DELIMITERS.find((delimiter) => text.includes(delimiter)) ?? ','
    const columns =
      fault === undefined ? cellsOf(text, this.#delimiter)?.map((name) => name.trim()) : undefined
    if (!columns) throw new UsageError('the first row of the CSV cannot be read')
    for (const name of columns) readPath(name.replace(/:=$/, ''))
    if (new Set(columns).size < columns.length)
      throw new UsageError('the first row of the CSV names a field twice')
    this.#columns = columns.map((name) => name.replace(/:=$/, ':'))
  }

  *add(line: Line): Generator<Item, void, undefined> {
    if (line.fault !== undefined) {
      yield* this.#giveUp()
      yield { line: line.number, fault: `line ${line.number} ${line.fault}` }
    } else if (this.#open.length > 0 || line.text.trim() !== '') {
      this.#open.push(line)
      this.#openLength += line.text.length
      this.#quotes += line.text.match(/"/g)?.length ?? 0
      if (this.#quotes % 2 === 0) yield* this.#close()
      else if (this.#openLength > MAX_RECORD) yield* this.#giveUp()
    }
  }

  *end(): Generator<Item, void, undefined> {
    while (this.#open.length > 0) yield* this.#giveUp()
  }

  *#close(): Generator<Item, void, undefined> {
    const [first] = this.#open
    if (!first) return
    const item = this.#itemOf(first.number, this.#open.map(({ text }) => text).join('\n'))
    if ('fault' in item && this.#open.length > 1) return yield* this.#giveUp()
    this.#clear()
    yield item
  }

  /** The quote of the first line closes nowhere: that line is wrong, and the others are rows of their own. */
  *#giveUp(): Generator<Item, void, undefined> {
    const [first, ...rest] = this.#open
    this.#clear()
    if (!first) return
    yield { line: first.number, fault: `line ${first.number} has a quote in the wrong place` }
    for (const line of rest) yield* this.add(line)
  }

  #clear(): void {
    this.#open = []
    this.#openLength = 0
    this.#quotes = 0
  }

  #itemOf(line: number, text: string): Item {
    const cells = cellsOf(text, this.#delimiter)
    if (!cells) return { line, fault: `line ${line} has a quote in the wrong place` }
    const { length } = this.#columns
    if (cells.length !== length) {
      return { line, fault: `line ${line} has ${cells.length} cells, and the first row has ${length}` }
    }
    const fields: Fields = {}
    try {
      for (const [index, name] of this.#columns.entries()) {
        const cell = cells[index] ?? ''
        if (cell !== '') setField(fields, name, cell)
      }
    } catch (cause) {
      if (!(cause instanceof UsageError)) throw cause
      return { line, fault: `line ${line}: ${cause.message}` }
    }
    return { line, fields }
  }
}

function cellsOf(text: string, delimiter: string): readonly string[] | undefined {
  if (!text.includes('"')) return text.split(delimiter)
  try {
    return parse(text, { delimiter, relax_column_count: true, columns: false })[0]
  } catch {
    return undefined
  }
}
