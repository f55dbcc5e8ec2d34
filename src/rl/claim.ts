import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFiles } from '../data/write-files.ts'
import { InputError } from '../reasoning/errors.ts'

/**
 * Writes config.json, or checks that the folder is of the same run; how it was called and by what does not matter.
 * @throws InputError that names what differs
 */
export async function claimFolder(directory: string, config: Record<string, unknown>): Promise<void> {
  const path = join(directory, 'config.json')
  const text = `${JSON.stringify(config, null, 2)}\n`
  if (!existsSync(path)) {
    await writeFiles([{ path, text }])
    return
  }
  const [there, wanted] = [await readFile(path, 'utf8'), text].map((each) => essence(each, path))
  const names = [...new Set([...Object.keys(there), ...Object.keys(wanted)])]
  const changed = names.filter((name) => JSON.stringify(there[name]) !== JSON.stringify(wanted[name]))
  if (changed.length > 0)
    throw new InputError(`is the config of another run: it differs in ${changed.join(', ')}`, {
      where: path,
      fix: 'Use another folder, or the options it was begun with.',
    })
}

/** What of a config makes the run what it is. */
function essence(text: string, path: string): Record<string, unknown> {
  try {
    const { command: _, versions: __, ...rest } = JSON.parse(text) as Record<string, unknown>
    return rest
  } catch (cause) {
    throw new InputError(`cannot be read as JSON: ${(cause as Error).message}`, {
      where: path,
      fix: 'Use another folder, or delete this one to start anew.',
      cause,
    })
  }
}
