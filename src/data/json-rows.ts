import { InputError } from '../reasoning/errors.ts'
import { type JsonFaults, jsonFaults } from './json-faults.ts'
import { linesOf, nameOf, type ReadOptions } from './jsonl.ts'
import { repeatedKeys } from './repeated-keys.ts'

/** A row as it stands in a file: any JSON value. */
export interface JsonRow {
  /** 0-based place among the file's rows, bad ones counted. */
  index: number
  /** `file:line`, or `file, row 3` (from 1) in a file that is one JSON value. */
  where: string
  value: unknown
}

/**
 * The rows of a file of other people's, whatever its name says it is: JSON Lines; one JSON list; or one JSON object whose
 * values are lists of rows (MR-Ben, by question). Gzipped files are unzipped; `-` is standard input. JSON Lines are streamed,
 * the other two held whole. An object that holds a key twice is a bad row: nothing says which value counts. A file that begins
 * with twenty rows that are not JSON, or has no others, is of another kind: that is one error, whatever `onError`.
 *
 * @throws InputError naming file and line or row
 */
export async function* readJsonRows(
  path: string,
  { onError, signal }: ReadOptions = {},
): AsyncGenerator<JsonRow> {
  const name = nameOf(path)
  const faults = jsonFaults(name, onError)
  const whole: string[] = []
  let index = 0
  let line = 0
  for await (const text of linesOf(path, name, signal)) {
    line++
    if (whole.length > 0 || (index === 0 && startsWhole.test(text))) whole.push(text)
    else if (text.trim() !== '') {
      const rows = rowsIn(text, `${name}:${line}`, faults)
      for (const row of rows) {
        const where = rows.length === 1 ? `${name}:${line}` : `${name}, row ${index + 1}`
        if (row !== null) yield { index, where, value: row.value }
        index++
      }
    }
  }
  const rest = whole.length === 0 ? [] : rowsIn(whole.join('\n'), name, faults)
  for (const row of rest) {
    if (row !== null) yield { index, where: `${name}, row ${index + 1}`, value: row.value }
    index++
  }
  faults.end()
}

/** The first line of a file that is one JSON value: a list, or an object spread over lines. */
const startsWhole = /^\ufeff?\s*(\[|\{\s*$)/

interface Placed {
  /** Where the row stands in the JSON text. */
  path: (string | number)[]
  value: unknown
}

/** The rows of one JSON text; null for a bad one, which is told to `faults`. */
function rowsIn(text: string, where: string, faults: JsonFaults): (Placed | null)[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    faults.notJson(where, (error as SyntaxError).message)
    return [null]
  }
  faults.json()
  const repeated = repeatedKeys(text)
  for (const { path, key } of repeated) {
    const place = path.length === 0 ? '' : ` at ${path.join('.')}`
    faults.bad(new InputError(`the key ${JSON.stringify(key)} stands twice in one object${place}`, { where }))
  }
  const rows = placed(value)
  // a row stands at most two deep
  const bad = new Set(
    repeated.flatMap(({ path }) => [0, 1, 2].map((depth) => JSON.stringify(path.slice(0, depth)))),
  )
  return rows.map((row) => (bad.has(JSON.stringify(row.path)) ? null : row))
}

function placed(value: unknown): Placed[] {
  if (Array.isArray(value)) return value.map((row, i) => ({ path: [i], value: row }))
  if (isObject(value)) {
    const lists = Object.entries(value)
    // a row of preferences between conversations is lists of objects, too
    const isRow = 'chosen' in value && 'rejected' in value
    if (!isRow && lists.length > 0 && lists.every(([, list]) => Array.isArray(list) && list.every(isObject)))
      return lists.flatMap(([key, list]) =>
        (list as unknown[]).map((row, i) => ({ path: [key, i], value: row })),
      )
  }
  return [{ path: [], value }]
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The JSON object that a text is; null where it is anything else. */
export function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

/** What a row is, for an error about one of no known format: `an object with id, text`. */
export function shapeOf(row: unknown): string {
  if (!isObject(row)) return 'no object'
  const fields = Object.keys(row).slice(0, 8)
  return fields.length === 0 ? 'an object without fields' : `an object with ${fields.join(', ')}`
}
