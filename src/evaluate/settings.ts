import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOf } from '../data/digest.ts'
import { objectIn } from '../data/json-rows.ts'
import { InputError } from '../reasoning/errors.ts'

/**
 * The folder of what is made with these settings, `<name>-<digest>` in `parent`: what was made with the same ones is found in it,
 * what is made with others has another folder. Its settings.json says what they are.
 */
export async function settingsFolder(
  parent: string,
  name: string,
  settings: Record<string, unknown>,
): Promise<string> {
  const folder = join(parent, `${name}-${digestOf(settings)}`)
  await mkdir(folder, { recursive: true })
  await checkSettings(join(folder, 'settings.json'), settings)
  return folder
}

/** @throws InputError when the file at `path` holds other settings; where there is none, it is written */
export async function checkSettings(path: string, settings: Record<string, unknown>): Promise<void> {
  const wanted = `${JSON.stringify(settings, null, 2)}\n`
  if (!existsSync(path)) {
    await writeFile(`${path}.tmp`, wanted, { flush: true })
    await rename(`${path}.tmp`, path)
    return
  }
  const found = readFileSync(path, 'utf8')
  if (found === wanted) return
  const changed = Object.keys(settings).filter((name) => {
    const there = objectIn(found)?.[name]
    return JSON.stringify(there) !== JSON.stringify(settings[name])
  })
  throw new InputError(`holds results of other settings (${changed.join(', ')})`, {
    where: path,
    fix: 'Use another directory, or the settings it was begun with.',
  })
}
