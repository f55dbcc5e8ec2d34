import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import { rewardClient } from '../endpoint/rewards/client.ts'
import { dialectNamed, dialectNames } from '../endpoint/rewards/dialects.ts'
import { checkpointHash } from '../evaluate/checkpoint-hash.ts'
import { InputError } from '../reasoning/errors.ts'
import { remoteReward } from '../reward/remote.ts'
import type { RewardModel } from '../reward/reward-model.ts'
import { batchRows, contextCheck } from '../reward/score-rows.ts'
import { embeddedScorer } from '../reward/scorer.ts'
import type { ToScore } from '../reward/scoring.ts'
import type { ShippedModel } from '../transformer/shipped.ts'
import { modelDirectory } from './models.ts'
import { notedWait } from './output.ts'

/** Options of a reward model, which runs here or on a server. */
export interface RewardOptions {
  reward?: string
  dialect?: string
  rewardModel?: string
}

/**
 * Declares {@link RewardOptions}; the reward model is `fallback` where none is named.
 * @param takesVote does the command take a majority vote in its place?
 */
export function withReward(
  command: Command,
  { fallback = 'crm', takesVote = false }: { fallback?: ShippedModel; takesVote?: boolean } = {},
): Command {
  const vote = takesVote ? ', or majority: what most solutions of a problem say,' : ','
  return command
    .option(
      '-r, --reward <dir|url>',
      `reward model checkpoint, crm or crm-traces, which come with assay${vote} or the URL of a server (default: ${fallback})`,
    )
    .option('--dialect <name>', dialectHelp)
    .option('--reward-model <name>', 'the model there (default: the only one that it serves)')
}

/** What --dialect means. */
export const dialectHelp =
  `what the server at --reward runs: ${dialectNames.join(', ')}; NAME:chatml, say, also how its model ` +
  'writes chats down; or a .json file with settings (docs/remote-models.md)'

export interface OpenReward {
  model: RewardModel
  /** Its directory or URL, as it was given. */
  where: string
  /** What people would call it: its folder, or the model on the server. */
  called: string
  /** Solutions to score together, so that it is kept busy and progress is seen. */
  together: number
  /**
   * Throws an InputError with this `where` for a solution that the model does not read. A server is asked, and what it says is
   * remembered.
   */
  check(solution: ToScore, where?: string): void | Promise<void>
  /** Stands for it in results: of a checkpoint its hash, of a server its dialect and model. */
  identity(): Promise<string>
}

export const isUrl = (text: string): boolean => /^https?:\/\//i.test(text)

/**
 * The reward model that options name. A server is asked at once whether it runs what they say.
 * @param signal ends what a server is asked
 * @throws InputError that says what is wrong with the options, the checkpoint or the server
 */
export async function openReward(
  { reward, dialect: name, rewardModel }: RewardOptions,
  { threads, signal }: { threads: number; signal?: AbortSignal },
): Promise<OpenReward> {
  if (reward === undefined || !isUrl(reward)) {
    if ((name ?? rewardModel) !== undefined)
      throw new InputError('--dialect and --reward-model are for a reward model on a server', {
        fix: 'Give its URL, --reward http://127.0.0.1:8000.',
      })
    return embedded(modelDirectory('crm', reward), threads)
  }
  if (name === undefined)
    throw new InputError('is a server, and what it runs is not said', {
      where: reward,
      fix: `Say it with --dialect: ${dialectNames.join(', ')}.`,
    })
  const dialect = dialectNamed(name)
  const client = await notedWait(
    reward,
    rewardClient({ urls: [reward], dialect, model: rewardModel, signal }),
  )
  const model = remoteReward(client)
  return {
    model,
    where: reward,
    called: client.model.split('/').at(-1) as string,
    together: 128,
    check: model.check,
    identity: async () => model.identity,
  }
}

function embedded(directory: string, threads: number): OpenReward {
  const model = embeddedScorer(directory, { threads })
  return {
    model,
    where: directory,
    called: basename(resolve(directory)),
    together: batchRows,
    check: contextCheck(model.checkpoint),
    identity: () => checkpointHash(directory),
  }
}
