import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../reasoning/errors.ts'

/**
 * Lets `work` have a folder for itself: two processes that put rows into the same files would spoil them. A process that was killed
 * holds nothing.
 * @throws InputError when another process is at work there
 */
export async function alone<T>(directory: string, work: () => Promise<T>): Promise<T> {
  await mkdir(directory, { recursive: true })
  const path = join(directory, 'lock')
  if (!taken(path)) {
    const holder = readFileSync(path, 'utf8')
    if (isAlive(Number(holder)))
      throw new InputError(`process ${holder} is at work here`, {
        where: directory,
        fix: `Wait for it, or name another folder. If that is no process of assay, remove ${path}.`,
      })
    if (!removed(path, holder) || !taken(path))
      throw new InputError('another process has just begun work here', { where: directory })
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

/** Takes the lock; false where somebody has it. */
function taken(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid}`, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Removes the lock that a dead process left; false where somebody else has done so, and holds one of its own by now. */
function removed(path: string, holder: string): boolean {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
  if (readFileSync(aside, 'utf8') !== holder) {
    renameSync(aside, path)
    return false
  }
  rmSync(aside)
  return true
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
