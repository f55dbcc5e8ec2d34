import { createColors } from 'picocolors'
import { neutralise } from '../report/text.ts'

const forced = Boolean(process.env.FORCE_COLOR) && process.env.FORCE_COLOR !== '0'
const plain = Boolean(process.env.NO_COLOR) || process.env.TERM === 'dumb'

/** Colours for results on stdout: none when it is not a terminal or NO_COLOR is set. */
export const colours = createColors(!plain && (forced || Boolean(process.stdout.isTTY)))

/** Colours for what goes to stderr: errors, notes and progress. */
export const errorColours = createColors(!plain && (forced || Boolean(process.stderr.isTTY)))

/** Prints a command's result on stdout: the value itself with --json, else the text that `describe` makes of it. */
export function printResult<T>(value: T, options: { json?: boolean }, describe: (value: T) => string): void {
  process.stdout.write(`${options.json ? JSON.stringify(value, null, 2) : describe(value)}\n`)
}

/** Prints one JSON line, and waits when the reader of a pipe is slower than we are. */
export async function printRow(row: unknown): Promise<void> {
  if (process.stdout.write(`${JSON.stringify(row)}\n`)) return
  await new Promise<void>((resolve) => process.stdout.once('drain', resolve))
}

/** A remark for the person at the terminal, on stderr. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Says what is waited for, when that takes long. */
export async function notedWait<T>(what: string, promise: Promise<T>): Promise<T> {
  const timer = setTimeout(() => note(`waiting for ${what} ...`), 3000)
  return promise.finally(() => clearTimeout(timer))
}

/** What went wrong, on stderr. */
export function errorNote(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  note(`${errorColours.red('error:')} ${neutralise(message, { keepLines: true })}`)
}

/**
 * `assay label rows.jsonl | head -1` closes our stdout early: that ends the command, it is no error. Anything else that keeps us from
 * writing, a full disk say, ends it with exit code 1.
 */
export function surviveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit()
      // ENOSPC: no space left on device, write
      const fault = error.message.replace(/^[A-Z]+: /, '').replace(/, \w+$/, '')
      if (stream === process.stdout) errorNote(new Error(`standard output: ${fault}`))
      process.exit(1)
    })
  }
}
