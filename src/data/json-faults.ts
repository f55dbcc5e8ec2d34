import { InputError } from '../reasoning/errors.ts'
import type { ReadOptions } from './jsonl.ts'

/** What is wrong with the rows of a file, as they come. Made by {@link jsonFaults}. */
export interface JsonFaults {
  /** A row, or the whole file, is not JSON. */
  notJson(where: string, fault: string): void
  /** One is. */
  json(): void
  /** Any other fault. */
  bad(error: InputError): void
  /** No more rows will come. */
  end(): void
}

/** After so many rows that are not JSON, and none that is, nobody need read on. */
const hopeless = 20

/**
 * Tells faults to `onError`; without it the first one is thrown. Rows that are not JSON wait for one that is: where none comes,
 * the file is of another kind, and one error says so.
 */
export function jsonFaults(name: string, onError: ReadOptions['onError']): JsonFaults {
  /** null once a row was JSON. */
  let waiting: { where: string; fault: string }[] | null = []
  const bad = (error: InputError) => {
    if (!onError) throw error
    onError(error)
  }
  return {
    bad,
    notJson(where, fault) {
      if (!onError || waiting === null) return bad(faultOf({ where, fault }))
      waiting.push({ where, fault })
      if (waiting.length === hopeless) throw otherKind(name, `the first ${hopeless}`, waiting[0].fault)
    },
    json() {
      const before = waiting ?? []
      waiting = null
      for (const one of before) bad(faultOf(one))
    },
    end() {
      if (waiting?.length === 1) throw faultOf(waiting[0])
      if (waiting?.length) throw otherKind(name, `all ${waiting.length}`, waiting[0].fault)
    },
  }
}

function faultOf({ where, fault }: { where: string; fault: string }): InputError {
  return new InputError(`not valid JSON: ${fault}`, { where })
}

function otherKind(name: string, rows: string, fault: string): InputError {
  return new InputError(`${rows} rows are not JSON: ${fault}`, {
    where: name,
    fix: 'Give JSON Lines or one JSON list, gzipped or not.',
  })
}
