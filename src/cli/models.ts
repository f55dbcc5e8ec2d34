import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { type ShippedModel, shippedModel } from '../transformer/shipped.ts'
import { integer } from './options.ts'

const options = {
  policy: '--policy',
  backbone: '--backbone',
  crm: '--reward',
  'judge-base': '--base',
  judge: '--judge',
}

/**
 * The checkpoint directory that was given, or else the shipped one.
 * @throws InputError when there is no shipped one: says how to get it
 */
export function modelDirectory(model: ShippedModel, given?: string): string {
  const reproduce = model.startsWith('judge') ? 'assay reproduce --judge' : 'assay reproduce'
  const fix = `Name another checkpoint with ${options[model]}, or run \`${reproduce}\` and name its runs/full/models/${model}.`
  return given ?? shippedModel(model, fix)
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
