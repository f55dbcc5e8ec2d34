import { readFileSync, realpathSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { digestOf } from '../data/digest.ts'
import { InputError } from '../reasoning/errors.ts'

/**
 * Lets `work` have a folder for itself: two processes that put rows into the same files would spoil them. A process that was killed
 * holds nothing.
 * @throws InputError when another process is at work there
 */
export async function alone<T>(directory: string, work: () => Promise<T>): Promise<T> {
  return inFolder(directory, async () => {
    const release = hold(join(directory, 'lock'), directory, 'folder')
    try {
      return await work()
    } finally {
      release()
    }
  })
}

/** Lets `work` have a folder, which is made where there is none, and goes again where it was made here and the work fails before it is used. */
export async function inFolder<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const made = await mkdir(directory, { recursive: true })
  try {
    return await work()
  } catch (error) {
    if (made !== undefined) removeEmpty(resolve(directory), resolve(made))
    throw error
  }
}

/** Removes a folder and those above it, up to `last`, as long as they are empty. */
function removeEmpty(directory: string, last: string): void {
  try {
    rmdirSync(directory)
  } catch {
    return
  }
  if (directory.length > last.length) removeEmpty(dirname(directory), last)
}

/**
 * Takes a file for this process, until what it returns is called. The lock lies in the system's folder for temporary files, so a killed
 * process leaves nothing beside the file; where that folder takes none, there is no lock.
 * @throws InputError when another process has the file
 */
export function holdFile(path: string): () => void {
  try {
    return hold(join(tmpdir(), `assay-${digestOf(realPath(path))}.lock`), path, 'file')
  } catch (error) {
    if (error instanceof InputError) throw error
    return () => {}
  }
}

/** The one name of a path, of which the end need not be there yet. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const folder = dirname(resolve(path))
    return folder === path ? path : join(realPath(folder), basename(path))
  }
}

/** @param where what the lock at `path` is of, for the error when another process has it */
function hold(path: string, where: string, what: 'folder' | 'file'): () => void {
  if (!taken(path)) {
    const holder = readFileSync(path, 'utf8')
    if (isAlive(Number(holder)))
      throw new InputError(`process ${holder} is at work here`, {
        where,
        fix: `Wait for it, or name another ${what}. If that is no process of assay, remove ${path}.`,
      })
    if (!removed(path, holder) || !taken(path))
      throw new InputError('another process has just begun work here', { where })
  }
  return () => rmSync(path, { force: true })
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
