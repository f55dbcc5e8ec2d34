import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { InputError } from '../reasoning/errors.ts'
import { isShipped, type ShippedModel, shippedModel } from '../transformer/shipped.ts'
import { integer } from './options.ts'

const full = { command: 'assay reproduce', folder: 'runs/full' }
const withJudge = { command: 'assay reproduce --judge', folder: 'runs/full' }
const traces = { command: 'assay reproduce --traces', folder: 'runs/traces' }

/** The option that names another one, and what makes it, where. */
const sources: Record<ShippedModel, { option: string; command: string; folder: string }> = {
  policy: { option: '--policy', ...full },
  backbone: { option: '--backbone', ...full },
  crm: { option: '--reward', ...full },
  'crm-traces': { option: '--reward', ...traces },
  'judge-base': { option: '--base', ...withJudge },
  judge: { option: '--judge', ...withJudge },
}

/** The shipped models that can stand where this one does. */
export function shippedLike(model: ShippedModel): ShippedModel[] {
  const { option } = sources[model]
  return (Object.keys(sources) as ShippedModel[]).filter((name) => sources[name].option === option)
}

/**
 * The checkpoint directory that was given, the shipped model of the given name, or else this shipped one.
 * @throws InputError on a name that is neither; when there is no shipped one: says how to get it
 */
export function modelDirectory(model: ShippedModel, given?: string): string {
  if (given !== undefined && (given.includes('/') || existsSync(given))) return given
  const wanted = given ?? model
  if (!isShipped(wanted)) {
    const names = shippedLike(model).join(', ')
    const vote =
      model === 'crm' ? ' To compare with, solve, score, rl and bench take majority, too: a vote.' : ''
    throw new InputError('no such directory', {
      where: wanted,
      fix: `Give the directory of a checkpoint, or the name of a model that comes with assay: ${names}.${vote}`,
    })
  }
  const { option, command, folder } = sources[wanted]
  const fix = `Name another checkpoint with ${option}, or run \`${command}\` and name its ${folder}/models/${wanted}.`
  return shippedModel(wanted, fix)
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
