import { existsSync, realpathSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { writeFiles } from '../data/write-files.ts'
import { InputError } from '../reasoning/errors.ts'

/** What a run writes beside config.json. */
const written = ['metrics.jsonl', 'result.json', 'state.safetensors', 'samples', 'checkpoints', 'policy']

/**
 * Makes the folder and writes config.json, or checks that the folder is of the same run; how it was called and by what does not matter.
 * @throws InputError that names what differs, or what is there that no run has made
 */
export async function claimFolder(directory: string, config: Record<string, unknown>): Promise<void> {
  const path = join(directory, 'config.json')
  const text = `${JSON.stringify(config, null, 2)}\n`
  if (!existsSync(path)) {
    const foreign = written.find((name) => existsSync(join(directory, name)))
    if (foreign)
      throw new InputError(`holds ${foreign}, and no config.json of a run that made it`, {
        where: directory,
        fix: 'Use another folder: this would be overwritten.',
      })
    await mkdir(directory, { recursive: true })
    await writeFiles([{ path, text }])
    return
  }
  const [there, wanted] = [await readFile(path, 'utf8'), text].map((each) => essence(each, path))
  if (!('rate' in there))
    throw new InputError('is not the config of a run', { where: path, fix: 'Use another folder.' })
  const names = [...new Set([...Object.keys(there), ...Object.keys(wanted)])]
  const changed = names.filter((name) => JSON.stringify(there[name]) !== JSON.stringify(wanted[name]))
  if (changed.length > 0)
    throw new InputError(`is the config of another run: it differs in ${changed.join(', ')}`, {
      where: path,
      fix: 'Use another folder, or the options it was begun with.',
    })
}

/** @throws InputError when the policy to start from lies where the run writes */
export function checkApart(policy: string, directory: string): void {
  if (!existsSync(directory)) return
  const [start, run] = [policy, directory].map((path) => realpathSync(path) + sep)
  if (start.startsWith(run))
    throw new InputError('is in the folder of the run that starts from it, which would overwrite it', {
      where: policy,
      fix: 'Use another folder for the run.',
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
