import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { InputError } from '../reasoning/errors.ts'

/** The models that come with assay, in models/ beside package.json, and what they are. */
const shipped = {
  policy: 'policy',
  backbone: 'backbone',
  crm: 'reward model',
  'crm-traces': "reward model of other models' traces",
  'judge-base': 'base of judges',
  judge: 'judge',
}

export type ShippedModel = keyof typeof shipped

export const isShipped = (name: string): name is ShippedModel => Object.hasOwn(shipped, name)

/**
 * Folder of a model that comes with assay. They know the tasks that they were trained on alone.
 * @throws InputError when it is not there, with this remedy
 */
export function shippedModel(
  name: ShippedModel,
  fix = `Give the folder of another ${shipped[name]}, or the URL of a server: see docs/library.md.`,
): string {
  const directory = fileURLToPath(new URL(`../../models/${name}`, import.meta.url))
  if (existsSync(`${directory}/config.json`)) return directory
  throw new InputError(`the ${shipped[name]} that comes with assay is not here`, { where: directory, fix })
}
