import { fstatSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { appendJsonLines } from '../data/append.ts'
import { digestOf } from '../data/digest.ts'
import { holdFile } from '../evaluate/lock.ts'
import { InputError } from '../reasoning/errors.ts'
import { printRow } from './output.ts'

/** Where a command's rows go: the file of --out, behind what an earlier run left there, or standard output. */
export interface RowOutput {
  /** Rows that an earlier run left in the file. */
  readonly resumed: number
  /**
   * Is the row of this id, made from this with the settings of the output, still to be found among those? Each one is found once.
   * @throws InputError when one of this id is there that was made from something else, or with other settings
   */
  skip(id: string, from: unknown): boolean
  /** @param from what it was made from; left out where the output has no settings */
  write(row: object, from?: unknown): Promise<void>
  /** Writes what is pending; call it in a `finally`. */
  close(): Promise<void>
}

/** Rows go to the disk together, as soon as there are this many or the first of them has waited this long. */
const batchRows = 256
const batchMilliseconds = 1000

/**
 * @param input the file the command reads, - for standard input, which --out must not name
 * @param option that names the file
 * @param settings all that rows depend on beside their input: rows of a file then carry as `made` what they were made from
 * @throws InputError when the file is the input, holds something else, or another process writes to it
 */
export async function openRowOutput(
  out: string | undefined,
  input: string,
  settings?: object,
  option = '--out',
): Promise<RowOutput> {
  if (out === undefined)
    return { resumed: 0, skip: () => false, write: (row) => printRow(row), close: async () => {} }
  if (out === '-')
    throw new InputError('rows go to standard output where --out names no file', { fix: 'Leave out --out.' })
  const fix = `Name another file with ${option}.`
  if (out === '') throw new InputError('names no file', { where: `${option} ""`, fix })
  if (areSame(out, input)) throw new InputError('is the input, too', { where: out, fix })
  // rows of two processes in one file would be there twice
  const release = holdFile(out)
  const file = await appendJsonLines(out).catch((error) => {
    release()
    throw error
  })
  const [ids, made] = [new Map(file.ids), new Map(file.made)]
  const madeFrom = (id: unknown, from: unknown) => digestOf([settings, id, from])
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
    skip(id, from) {
      const left = ids.get(id) ?? 0
      if (left === 0) return false
      const digest = madeFrom(id, from)
      const same = made.get(digest) ?? 0
      if (same === 0)
        throw new InputError(`${JSON.stringify(id)} is there, of another text or made with other settings`, {
          where: out,
          fix: 'Name another file with --out, or the input and options that this one was made with.',
        })
      ids.set(id, left - 1)
      made.set(digest, same - 1)
      return true
    },
    async write(row: { id?: unknown }, from) {
      batch.push(settings ? { ...row, made: madeFrom(row.id, from) } : row)
      if (batch.length >= batchRows || Date.now() - flushed >= batchMilliseconds) await flush()
    },
    async close() {
      await flush()
        .finally(() => file.close())
        .finally(release)
    },
  }
}

/** Are two paths of one file, through links as well? */
function areSame(out: string, input: string): boolean {
  if (resolve(out) === resolve(input)) return true
  const [one, other] = [statSync(out, exact), input === '-' ? fstatSync(0, exact) : statSync(input, exact)]
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino
}

/** Numbers of files may be too large for a double. */
const exact = { bigint: true, throwIfNoEntry: false } as const
