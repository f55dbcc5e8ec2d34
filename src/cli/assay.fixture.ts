import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'

const bin = fileURLToPath(new URL('../../bin/assay.mjs', import.meta.url))

/** The command line in a process of its own, as a user starts it. */
export function startAssay(folder: string, args: readonly (string | number)[]): ChildProcess {
  const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env
  return spawn(process.execPath, [bin, ...args.map(String)], { cwd: folder, env })
}

export async function finish(child: ChildProcess) {
  const [out, err, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close'),
  ])
  return { out, err, code }
}

export async function runAssay(folder: string, args: readonly (string | number)[], input = '') {
  const child = startAssay(folder, args)
  child.stdin!.on('error', () => {}).end(input)
  return finish(child)
}

/** Starts it and kills it (SIGKILL) once the file has this many lines. */
export async function killAssay(folder: string, args: readonly (string | number)[], file: string, lines: number) {
  const child = startAssay(folder, args)
  const done = finish(child)
  await vi.waitUntil(() => child.exitCode !== null || linesIn(file).length >= lines, { timeout: 30_000, interval: 2 })
  child.kill('SIGKILL')
  await done
  return child.signalCode
}

export function linesIn(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
}
