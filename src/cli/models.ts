import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { InputError } from '../reasoning/errors.ts'
import { integer } from './options.ts'

/** The checkpoints that come with the package, in models/ beside package.json. */
export type ShippedModel = 'policy' | 'backbone' | 'crm' | 'judge'

const named: Record<ShippedModel, { is: string; option: string }> = {
  policy: { is: 'policy', option: '--policy' },
  backbone: { is: 'backbone', option: '--backbone' },
  crm: { is: 'reward model', option: '--reward' },
  judge: { is: 'judge', option: '--judge' },
}

/**
 * The checkpoint directory that was given, or else the shipped one.
 * @throws InputError when there is no shipped one: says how to get it
 */
export function modelDirectory(model: ShippedModel, given?: string): string {
  if (given !== undefined) return given
  const directory = fileURLToPath(new URL(`../../models/${model}`, import.meta.url))
  if (existsSync(`${directory}/config.json`)) return directory
  const { is, option } = named[model]
  throw new InputError(`the ${is} that comes with assay is not here`, {
    where: directory,
    fix: `Name another checkpoint with ${option}, or run \`assay reproduce\` and name its runs/full/models/${model}.`,
  })
}

/** What thresholds of confidence are fitted on, for the shipped models. */
export function shippedCalibration(): string {
  return fileURLToPath(new URL('../../models/calibration.json', import.meta.url))
}

/** Threads unless --threads says otherwise: the cores that this process may use. */
export const defaultThreads = availableParallelism()

export function withThreads(command: Command): Command {
  return command.option(
    '--threads <count>',
    'threads to run the models on',
    integer({ min: 1 }),
    defaultThreads,
  )
}
