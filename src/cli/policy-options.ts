import type { Command } from 'commander'
import { remoteGenerator } from '../endpoint/generator.ts'
import { checkpointHash } from '../evaluate/checkpoint-hash.ts'
import { InputError } from '../reasoning/errors.ts'
import type { Generator } from '../reasoning/types.ts'
import { generateDefaults } from '../transformer/generate.ts'
import { embeddedGenerator } from '../transformer/generator.ts'
import { modelDirectory, withThreads } from './models.ts'
import { integer, number } from './options.ts'
import { notedWait } from './output.ts'

/** Options of the policy, which runs here or on a server. */
export interface PolicyOptions {
  temperature: number
  topP: number
  maxTokens?: number
  policy?: string
  generator?: string
  generatorModel?: string
  threads: number
}

/** Longest solution of a model on a server, which says more than one of our own. */
const remoteTokens = 2048

/** Declares {@link PolicyOptions}. */
export function withPolicy(command: Command): Command {
  return withThreads(
    command
      .option(
        '--temperature <number>',
        'of sampling; 0 always takes the likeliest token',
        number({ min: 0 }),
        generateDefaults.temperature,
      )
      .option(
        '--top-p <share>',
        'sample from the likeliest tokens of this total probability',
        number({ min: 0, max: 1 }),
        1,
      )
      .option(
        '--max-tokens <count>',
        `longest solution (default: ${generateDefaults.maxTokens}, and ${remoteTokens} with --generator)`,
        integer({ min: 1 }),
      )
      .option('-p, --policy <dir>', 'language model checkpoint (default: the one that comes with assay)')
      .option(
        '--generator <url>',
        "instead: a language model on a server that speaks OpenAI's chat completions, http://127.0.0.1:8000",
      )
      .option('--generator-model <name>', 'the model there (default: the only one that it serves)'),
  )
}

export interface Policy {
  generator: Generator
  /** What its samples depend on, beside itself. */
  settings: { temperature: number; topP: number; maxTokens: number }
  /** What works at a time: threads; a server is one, and runs requests together by itself. */
  lanes: number
  /** Stands for it in results: of a checkpoint its hash, of a server's model its name. */
  identity(): Promise<string>
  close(): Promise<void>
}

/** @throws InputError on options that do not go together, and where a server or its model is not there */
export async function openPolicy(options: PolicyOptions, threads = options.threads): Promise<Policy> {
  const { generator: url, generatorModel, policy } = options
  if (url !== undefined && policy !== undefined)
    throw new InputError('--policy and --generator name two policies', { fix: 'Leave one of them out.' })
  if (url === undefined && generatorModel !== undefined)
    throw new InputError('--generator-model is for a language model on a server', {
      fix: 'Give its URL, --generator http://127.0.0.1:8000.',
    })
  const { temperature, topP } = options
  if (url === undefined) {
    const settings = { temperature, topP, maxTokens: options.maxTokens ?? generateDefaults.maxTokens }
    const directory = modelDirectory('policy', policy)
    const generator = embeddedGenerator(directory, { ...settings, threads })
    const { close } = generator
    return { generator, settings, lanes: threads, identity: () => checkpointHash(directory), close }
  }
  const settings = { temperature, topP, maxTokens: options.maxTokens ?? remoteTokens }
  const generator = await notedWait(url, remoteGenerator(url, { ...settings, model: generatorModel }))
  const { model, close } = generator
  return { generator, settings, lanes: 1, identity: async () => `chat of ${model}`, close }
}
