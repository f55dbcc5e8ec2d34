import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { InputError } from '../reasoning/errors.ts'

/**
 * Folder of a model that comes with assay, in models/ beside package.json. They know the built-in tasks alone.
 * @throws InputError when it is not there
 */
export function shippedModel(name: 'policy' | 'crm' | 'judge'): string {
  const directory = fileURLToPath(new URL(`../../models/${name}`, import.meta.url))
  if (existsSync(`${directory}/config.json`)) return directory
  throw new InputError(`the ${name} that comes with assay is not here`, {
    where: directory,
    fix: `Give the folder of another ${name}, or the URL of a server: see docs/library.md.`,
  })
}
