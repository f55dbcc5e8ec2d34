import { resolve } from 'node:path'
import { appendJsonLines } from '../data/append.ts'
import { InputError } from '../reasoning/errors.ts'
import { printRow } from './output.ts'

/** Where a command's rows go: the file of --out, behind what an earlier run left there, or standard output. */
export interface RowOutput {
  /** Rows that an earlier run left in the file. */
  readonly resumed: number
  /** Is a row of this id still to be found among those? Each one is found once. */
  skip(id: string): boolean
  write(row: object): Promise<void>
  /** Writes what is pending; call it in a `finally`. */
  close(): Promise<void>
}

/** Rows go to the disk together, as soon as there are this many or the first of them has waited this long. */
const batchRows = 256
const batchMilliseconds = 1000

/** @param input the file the command reads, which --out must not name */
export async function openRowOutput(out: string | undefined, input: string): Promise<RowOutput> {
  if (out === undefined) return { resumed: 0, skip: () => false, write: printRow, close: async () => {} }
  if (out === '-')
    throw new InputError('rows go to standard output where --out names no file', { fix: 'Leave out --out.' })
  if (resolve(out) === resolve(input))
    throw new InputError('is the input, too', { where: out, fix: 'Name another file with --out.' })
  const file = await appendJsonLines(out)
  const earlier = new Map(file.ids)
  let batch: object[] = []
  let flushed = Date.now()
  const flush = async () => {
    const rows = batch
    batch = []
    flushed = Date.now()
    if (rows.length > 0) await file.append(rows)
  }
  return {
    resumed: file.count,
    skip(id) {
      const left = earlier.get(id) ?? 0
      if (left > 0) earlier.set(id, left - 1)
      return left > 0
    },
    async write(row) {
      batch.push(row)
      if (batch.length >= batchRows || Date.now() - flushed >= batchMilliseconds) await flush()
    },
    async close() {
      await flush().finally(() => file.close())
    },
  }
}
