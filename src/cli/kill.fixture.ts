import { existsSync, readFileSync } from 'node:fs'
import { vi } from 'vitest'
import { ended, startAssay } from './run.fixture.ts'

/** Starts the command line and kills it (SIGKILL) once `lines` complete lines are in the file; returns how it ended. */
export async function killAssay(folder: string, args: string[], file: string, lines: number) {
  const child = startAssay(folder, args)
  const done = ended(child)
  const ready = () => child.exitCode !== null || linesIn(file).length >= lines
  await vi.waitUntil(ready, { timeout: 55_000, interval: 2 }).finally(() => child.kill('SIGKILL'))
  await done
  return child.signalCode
}

/** The complete lines of a file; none while it is not there. */
export function linesIn(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
}
