import { createReadStream } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { z } from 'zod'
import { InputError } from '../reasoning/errors.ts'
import { describeIssue } from './issues.ts'

export interface Line<Row> {
  /** 1-based, as editors count. */
  line: number
  /** `file:line`, for an InputError about this row. */
  where: string
  row: Row
}

/** Rows as the text of a JSON Lines file. */
export function jsonLines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}

export interface ReadOptions {
  /** Called with each bad row, which is then left out. Without it the first bad row ends the reading. */
  onError?: (error: InputError) => void
  /** Ends the reading by throwing the signal's reason, also while it waits for a pipe. */
  signal?: AbortSignal
}

/**
 * The rows of a JSON Lines file, gzipped or not; `-` is standard input. Empty lines are skipped.
 *
 * @throws InputError naming `file:line`, the field and what was expected there
 */
export async function* readJsonLines<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  { onError, signal }: ReadOptions = {},
): AsyncGenerator<Line<z.output<Schema>>> {
  const name = nameOf(path)
  let line = 0
  try {
    for await (const text of linesOf(path, name, signal)) {
      signal?.throwIfAborted()
      line++
      if (text.trim() === '') continue
      const where = `${name}:${line}`
      const parsed = parseRow(text, schema, where)
      if (!(parsed instanceof InputError)) yield { line, where, row: parsed.row }
      else if (onError) onError(parsed)
      else throw parsed
    }
  } catch (error) {
    // a kill can do that to the last row: the others are good
    if (!(error instanceof CutCharacter && onError)) throw error
    onError(error)
  }
}

/** What messages call a path. */
export function nameOf(path: string): string {
  if (path === '-') return 'standard input'
  return path === '' ? '""' : path
}

class CutCharacter extends InputError {}

function parseRow<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  where: string,
): { row: z.output<Schema> } | InputError {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const fix = /^\s*\[/.test(text) ? listFix : undefined
    return new InputError(jsonFault(error as SyntaxError, text), { where, fix })
  }
  const result = schema.safeParse(value)
  if (result.success) return { row: result.data }
  const issues = result.error.issues.slice(0, 3).map((issue) => describeIssue(issue, value))
  const more = result.error.issues.length - issues.length
  const fix = Array.isArray(value) ? listFix : isAboutId(result.error) ? idFix : undefined
  return new InputError(issues.join('; ') + (more > 0 ? `; and ${more} more` : ''), { where, fix })
}

const listFix = 'This looks like one JSON array; `jq -c ".[]"` turns it into one object a line.'

const idFix = 'Give each row an "id" that is a string: "id": "1".'

function isAboutId({ issues }: z.ZodError): boolean {
  return issues.some(({ path }) => path.length === 1 && path[0] === 'id')
}

function jsonFault({ message }: SyntaxError, text: string): string {
  if (message.includes('end of JSON input')) return 'not valid JSON: the line ends in the middle of a value'
  const position = /position (\d+)/.exec(message)?.[1]
  const [fault] = message
    .replace(/^Bad control character/, 'bare control character')
    .split(/ in JSON at|, "|, \.\.\./)
  const at = position === undefined ? '' : ` at column ${Number(position) + 1}`
  const near =
    position === undefined
      ? ''
      : ` near ${JSON.stringify(text.slice(Math.max(0, +position - 12), +position + 12))}`
  return `not valid JSON${at}: ${fault}${near}`
}

/** Text without line ends; a file may end its lines with \n or \r\n and begin with a byte order mark. */
export async function* linesOf(path: string, name: string, signal?: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let unfinished: string[] = []
  try {
    for await (const chunk of bytesOf(path, signal)) {
      const pieces = decoder.decode(chunk, { stream: true }).split('\n')
      unfinished.push(pieces[0])
      for (const piece of pieces.slice(1)) {
        yield unfinished.join('')
        unfinished = [piece]
      }
    }
  } catch (error) {
    throw readFault(error as NodeJS.ErrnoException, name)
  }
  try {
    decoder.decode()
  } catch {
    throw new CutCharacter('is not UTF-8 text: it ends in the middle of a character', { where: name })
  }
  if (unfinished.some((piece) => piece !== '')) yield unfinished.join('')
}

/** The file's bytes, unzipped when they begin with gzip's magic number. */
async function* bytesOf(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const source: Readable = path === '-' ? process.stdin : createReadStream(path)
  const stop = () => source.destroy(signal?.reason)
  signal?.addEventListener('abort', stop)
  try {
    const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    let head = Buffer.alloc(0)
    while (head.length < 2) {
      const { done, value } = await chunks.next()
      if (done) break
      head = Buffer.concat([head, value])
    }
    async function* whole() {
      yield head
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
    }
    if (head[0] === 0x1f && head[1] === 0x8b)
      yield* pipeline(Readable.from(whole()), createGunzip(), () => {})
    else yield* whole()
  } finally {
    signal?.removeEventListener('abort', stop)
    source.destroy()
  }
}

function readFault(error: NodeJS.ErrnoException, where: string): Error {
  const faults: Record<string, string> = {
    ENOENT: 'no such file',
    EISDIR: 'is a directory, not a file',
    EACCES: 'may not be read (permission denied)',
    ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8 text',
    Z_BUF_ERROR: 'the gzip data is cut off',
    Z_DATA_ERROR: 'the gzip data is damaged',
  }
  const fault = faults[error.code ?? '']
  return fault === undefined ? error : new InputError(fault, { where, cause: error })
}
