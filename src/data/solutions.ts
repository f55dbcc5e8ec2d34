import { basename } from 'node:path'
import { InputError } from '../reasoning/errors.ts'
import { assayRows } from './assay-rows.ts'
import { atPlace } from './at-place.ts'
import type { Format, FormatOptions, LabelledRow } from './format.ts'
import { formatNamed, formatOf, matching } from './formats.ts'
import { readJsonRows } from './json-rows.ts'
import type { ReadOptions } from './jsonl.ts'

export interface ReadSolutionsOptions extends ReadOptions, FormatOptions {
  /** A format's name; left out or 'auto', the first row tells that is of one. */
  from?: string
  /** The format that the file should be of, if not assay's own: a row that is nearly one of it is a bad row, and no row of assay's. */
  expected?: string
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
  {
    from = 'auto',
    expected,
    limit = Number.POSITIVE_INFINITY,
    onError,
    signal,
    ...options
  }: ReadSolutionsOptions = {},
): AsyncGenerator<ReadSolution> {
  let format = from === 'auto' ? undefined : formatNamed(from)
  const stem = path === '-' ? undefined : basename(path).replace(/(\.jsonl?)?(\.gz)?$/, '')
  const ids = new Set<string>()
  /** Rows of no format before the first one of any. */
  const strange: InputError[] = []
  for await (const { index, where, value } of readJsonRows(path, { onError, signal })) {
    if (index >= limit) break
    try {
      format ??= atPlace(where, () => guessed(value, expected))
    } catch (error) {
      // a file of no known format has no good row: not for onError
      if (!onError || !(error instanceof InputError) || strange.push(error) > mostStrange)
        throw strange[0] ?? error
      continue
    }
    for (const error of strange.splice(0)) onError?.(error)
    const { name, read } = format
    const rows: LabelledRow[] = []
    try {
      if (from === 'auto' && name === 'assay') atPlace(where, () => checkOwn(value))
      rows.push(...atPlace(where, () => read(value, { id: `${stem ?? name}-${index}`, ...options })))
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
  if (strange.length > 0) throw strange[0]
}

/** Rows of no format that a file may begin with. */
const mostStrange = 10

/** The format of a file by one of its rows; `expected` where it would be assay's own, but lacks what is wanted of such rows. */
function guessed(row: unknown, expected: string | undefined): Format {
  const format = formatOf(row)
  const isBare = format.name === 'assay' && !('first_error' in (row as object))
  return expected !== undefined && isBare ? formatNamed(expected) : format
}

/** Assay's own rows take fields that they do not know: labels of another format would be lost in them. */
function checkOwn(row: unknown): void {
  const { name } = matching(row) ?? assayRows
  if (name !== assayRows.name)
    throw new InputError(`is a row of ${name}, and those before are of assay`, {
      fix: 'Rows of one file are of one format, which --from can name.',
    })
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
      return atPlace(`${where}, ${row.id}`, () => writeProblem?.([row]) ?? write!(row))
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
