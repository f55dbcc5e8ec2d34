import { basename } from 'node:path'
import { InputError } from '../reasoning/errors.ts'
import type { Format, FormatOptions, LabelledRow } from './format.ts'
import { formatNamed, formatOf } from './formats.ts'
import { readJsonRows } from './json-rows.ts'
import type { ReadOptions } from './jsonl.ts'

export interface ReadSolutionsOptions extends ReadOptions, FormatOptions {
  /** A format's name; left out or 'auto', the first row tells. */
  from?: string
  /** Stop after this many rows of the file, bad ones counted. */
  limit?: number
}

export interface ReadSolution {
  /** `file:line` or `file, row 3` that it comes from. */
  where: string
  row: LabelledRow
  /** The file's format. */
  format: string
}

/**
 * The solutions in a file of any of our formats, as our rows. Rows of a format without ids are named by the file and their
 * place in it (`gsm8k-12`), so every reading gives the same ids; an id that stands twice is a bad row.
 *
 * @throws InputError naming file, line and field
 */
export async function* readSolutions(
  path: string,
  { from = 'auto', limit = Number.POSITIVE_INFINITY, onError, signal, ...options }: ReadSolutionsOptions = {},
): AsyncGenerator<ReadSolution> {
  let format = from === 'auto' ? undefined : formatNamed(from)
  const stem = path === '-' ? undefined : basename(path).replace(/(\.jsonl?)?(\.gz)?$/, '')
  const ids = new Set<string>()
  for await (const { index, where, value } of readJsonRows(path, { onError, signal })) {
    if (index >= limit) return
    // a file of no known format has no good row: not for onError
    format ??= placed(where, () => formatOf(value))
    const { name, read } = format
    const rows: LabelledRow[] = []
    try {
      rows.push(...placed(where, () => read(value, { id: `${stem ?? name}-${index}`, ...options })))
      for (const { id } of rows)
        if (ids.has(id)) throw new InputError(`the id ${JSON.stringify(id)} was there before`, { where })
        else ids.add(id)
    } catch (error) {
      if (!onError || !(error instanceof InputError)) throw error
      onError(error)
      continue
    }
    for (const row of rows) yield { where, row, format: name }
  }
}

/**
 * Solutions as rows of another format. Where it holds all solutions of a problem in one row, those that follow each other
 * are put together. A solution that the format cannot hold is a bad row by itself: its problem's others are written without it.
 *
 * @throws InputError when it is only read, and without `onError` at the first row that it cannot hold
 */
export async function* writtenAs(
  format: Format,
  solutions: AsyncIterable<ReadSolution>,
  { onError }: Pick<ReadOptions, 'onError'> = {},
): AsyncGenerator<object> {
  const { name, write, writeProblem } = format
  if (!write && !writeProblem) throw new InputError(`${name} is only read, not written`)
  /** The row of one solution alone, null where the format cannot hold it. */
  const written = ({ where, row }: ReadSolution): object | null => {
    try {
      return placed(`${where}, ${row.id}`, () => writeProblem?.([row]) ?? write!(row))
    } catch (error) {
      if (!onError || !(error instanceof InputError)) throw error
      onError(error)
      return null
    }
  }
  if (writeProblem)
    for await (const group of byProblem(solutions)) {
      const good = group.filter((solution) => written(solution) !== null)
      if (good.length > 0) yield writeProblem(good.map(({ row }) => row))
    }
  else
    for await (const solution of solutions) {
      const row = written(solution)
      if (row !== null) yield row
    }
}

async function* byProblem(solutions: AsyncIterable<ReadSolution>): AsyncGenerator<ReadSolution[]> {
  let group: ReadSolution[] = []
  for await (const solution of solutions) {
    if (group.length > 0 && group[0].row.problem !== solution.row.problem) {
      yield group
      group = []
    }
    group.push(solution)
  }
  if (group.length > 0) yield group
}

/** Adds the place to what goes wrong in `work`. */
function placed<T>(where: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new InputError(error.message, { where, cause: error })
  }
}
