import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { InputError } from '../reasoning/errors.ts'
import { objectIn } from './json-rows.ts'
import { jsonLines } from './jsonl.ts'

/** Rows already in an output file, and more at its end. Made by {@link appendJsonLines}. */
export interface JsonLinesWriter {
  /** Complete rows found when the file was opened. */
  readonly count: number
  /** How many of them carry each `id`, and each `made`, which tells what a row was made from. */
  readonly ids: ReadonlyMap<string, number>
  readonly made: ReadonlyMap<string, number>
  /** Resolves when the rows are on the disk. Calls may overlap; rows land in call order. */
  append(rows: readonly unknown[]): Promise<void>
  close(): Promise<void>
}

/**
 * Opens a JSON Lines file for more rows, or makes it. A last line that a kill or a full disk cut short is removed,
 * so a resumed run continues after the last complete row.
 *
 * @throws InputError when the file holds something other than JSON objects, or cannot hold rows
 */
export async function appendJsonLines(path: string): Promise<JsonLinesWriter> {
  const file = await openOutput(path)
  try {
    // a device may be read without end
    if (!(await file.stat()).isFile())
      throw new InputError('is no file that rows can be kept in', { where: path })
    const { end, missingNewline, ...found } = await existingRows(path)
    await file.truncate(end)
    if (missingNewline) await file.appendFile('\n')
    return writer(file, found)
  } catch (error) {
    await file.close()
    throw error
  }
}

function writer(file: FileHandle, found: Pick<JsonLinesWriter, 'count' | 'ids' | 'made'>): JsonLinesWriter {
  let last: Promise<void> = Promise.resolve()
  return {
    ...found,
    append(rows) {
      const text = jsonLines(rows)
      last = last.then(async () => {
        await file.appendFile(text)
        await file.datasync()
      })
      return last
    },
    async close() {
      await last.finally(() => file.close())
    },
  }
}

/** `end`: the byte after the last complete row. */
async function existingRows(path: string) {
  const [ids, made] = [new Map<string, number>(), new Map<string, number>()]
  let count = 0
  let line = 0
  let end = 0
  const countRow = (row: object) => {
    count++
    if ('id' in row && typeof row.id === 'string') ids.set(row.id, (ids.get(row.id) ?? 0) + 1)
    if ('made' in row && typeof row.made === 'string') made.set(row.made, (made.get(row.made) ?? 0) + 1)
  }
  let unfinished: Buffer[] = []
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, start)) {
      const bytes = Buffer.concat([...unfinished, chunk.subarray(start, at + 1)])
      unfinished = []
      start = at + 1
      line++
      end += bytes.length
      const text = bytes.toString().trim()
      if (text === '') continue
      const row = objectIn(text)
      if (row === null) throw notOurs(path, line)
      countRow(row)
    }
    unfinished.push(chunk.subarray(start))
  }
  const rest = Buffer.concat(unfinished)
  const text = rest.toString().trim()
  const row = objectIn(text)
  if (row !== null) {
    countRow(row)
    return { count, ids, made, end: end + rest.length, missingNewline: true }
  }
  // a row of ours, cut short; alone in a file it could be anything that opens a brace
  if (!(count > 0 ? /^(\{|$)/ : /^(\{("|$)|$)/).test(text)) throw notOurs(path, line + 1)
  return { count, ids, made, end, missingNewline: false }
}

function notOurs(path: string, line: number): InputError {
  return new InputError('is not a JSON object, so this file is no earlier output', {
    where: `${path}:${line}`,
    fix: 'Name another output file, or remove this one.',
  })
}

async function openOutput(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new InputError('its folder does not exist', { where: path, cause: error })
    if (code === 'EISDIR') throw new InputError('is a directory, not a file', { where: path, cause: error })
    if (code === 'EACCES')
      throw new InputError('may not be written (permission denied)', { where: path, cause: error })
    throw error
  }
}
