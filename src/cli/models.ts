import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { isShipped, type ShippedModel, shippedModel } from '../transformer/shipped.ts'
import { integer } from './options.ts'

const options = {
  policy: '--policy',
  backbone: '--backbone',
  crm: '--reward',
  'crm-traces': '--reward',
  'judge-base': '--base',
  judge: '--judge',
}

const reproductions: Partial<Record<ShippedModel, string>> = {
  'crm-traces': '--traces',
  'judge-base': '--judge',
  judge: '--judge',
}

/**
 * The checkpoint directory that was given, the shipped model of the given name, or else this shipped one.
 * @throws InputError when there is no shipped one: says how to get it
 */
export function modelDirectory(model: ShippedModel, given?: string): string {
  if (given !== undefined && (!isShipped(given) || existsSync(given))) return given
  const wanted = given ?? model
  const how = reproductions[wanted]
  const folder = how === '--traces' ? 'runs/traces' : 'runs/full'
  const fix =
    `Name another checkpoint with ${options[wanted]}, or run \`assay reproduce${how ? ` ${how}` : ''}\` ` +
    `and name its ${folder}/models/${wanted}.`
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
