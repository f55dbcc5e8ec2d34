import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../bin/assay.mjs', import.meta.url))

/** Starts the real command line in `folder`, as an 80-column pipe without colours. */
export function startAssay(folder: string, args: string[]): ChildProcess {
  const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env
  return spawn(process.execPath, [bin, ...args], { cwd: folder, env })
}

/** What it printed and its exit code as a shell tells it, once it has ended. */
export async function ended(child: ChildProcess) {
  const [out, err, [code, signal]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close'),
  ])
  return { out, err, code: Number(code ?? 128 + constants.signals[signal as NodeJS.Signals]) }
}

export function assayIn(folder: string): (args: string[], input?: string) => ReturnType<typeof ended> {
  return (args, input = '') => {
    const child = startAssay(folder, args)
    child.stdin!.on('error', () => {}).end(input)
    return ended(child)
  }
}

/** Rows that a command printed, or wrote: lines of JSON. */
export function parsed(text: string) {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
