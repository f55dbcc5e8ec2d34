import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { checkpointHash } from '../../evaluate/checkpoint-hash.ts'
import { type ComparedReward, scoresFolder } from '../../evaluate/lab/compared.ts'
import { type Choices, type LabCheckpoint, labKinds } from '../../evaluate/lab/kinds.ts'
import { rewardNames } from '../../evaluate/lab/named-rewards.ts'
import { readingNames } from '../../evaluate/lab/pools.ts'
import { InputError } from '../../reasoning/errors.ts'
import { readRewardHeader } from '../../reward/checkpoint.ts'
import type { RewardKind } from '../../reward/kinds/kind.ts'
import { type KindName, kindNames } from '../../reward/kinds/kinds.ts'
import { modelDirectory } from '../models.ts'
import { unique } from '../options.ts'
import { isUrl, type OpenReward, openReward, type RewardOptions } from '../reward-options.ts'
import { stageProgress } from '../stages.ts'
import { type BenchOptions, labOf, seedsOf } from './options.ts'

/** A reward to be compared, and how to run it. */
export interface BenchReward extends ComparedReward {
  kind: RewardKind
  /** Its directory or URL. */
  where: string
  /** Stands for it in results: see {@link OpenReward}. */
  identity: string
  /** Opens it for a piece of work; what runs here takes threads and memory no longer than that. */
  use<T>(work: (reward: OpenReward) => Promise<T>): Promise<T>
}

export interface BenchRewards {
  rewards: BenchReward[]
  /** What trained kinds were tuned to. */
  choices?: Choices
  close(): Promise<void>
}

/** A reward before it is compared. */
type Source = Pick<BenchReward, 'kind' | 'where' | 'identity' | 'use'> & { called: string }

/**
 * The rewards that `--reward` names ('majority' is none), or the shipped one, by their names; kinds are trained first, all of them alike.
 * @param directory of the samples that they are to score
 */
export async function benchRewards(options: BenchOptions, directory: string): Promise<BenchRewards> {
  // majority vote is in every table that it can be in, and needs no model
  const asked = (options.reward ?? ['']).flatMap((name) =>
    name === 'all' ? kindNames : name === 'majority' ? [] : [name],
  )
  const isKind = (name: string): name is KindName =>
    (kindNames as readonly string[]).includes(name) && !existsSync(name)
  const kinds = unique(asked).filter(isKind)
  const named = namedSources(
    options,
    asked.filter((name) => !isKind(name)),
  )
  const opened: OpenReward[] = []
  const close = async () => {
    await Promise.all(opened.map(({ model }) => model.close()))
  }
  try {
    const sources: Source[] = []
    for (const source of named) sources.push(await sourceOf(source, options, opened))
    const { rewards: trained, choices } = kinds.length > 0 ? await trainedKinds(options, kinds) : none
    const names = rewardNames(
      sources.map(({ kind, called, where }) => ({ kind: kind.name, called, where })),
      kinds,
    )
    const rewards: BenchReward[] = []
    for (const [i, source] of sources.entries())
      rewards.push(await compared(source, { name: names[i], seed: null, directory }))
    rewards.push(...(await trainedRewards(trained, options, directory)))
    return { rewards, choices, close }
  } catch (error) {
    await close()
    throw error
  }
}

const none = { rewards: [], choices: undefined }

/** Rewards that were trained for a comparison. */
export async function trainedRewards(
  trained: readonly LabCheckpoint[],
  options: BenchOptions,
  directory: string,
): Promise<BenchReward[]> {
  const rewards: BenchReward[] = []
  for (const { name, seed, directory: where } of trained)
    rewards.push(await compared(await embeddedSource(where, where, options), { name, seed, directory }))
  return rewards
}

async function compared(
  { called: _, ...source }: Source,
  { name, seed, directory }: { name: string; seed: number | null; directory: string },
): Promise<BenchReward> {
  const { kind, identity } = source
  const folder = await scoresFolder(directory, kind.name, identity)
  return { ...source, name, seed, names: readingNames(name, kind), folder }
}

/** @param opened where a server's client is put, to be closed in the end */
async function sourceOf(source: RewardOptions, options: BenchOptions, opened: OpenReward[]): Promise<Source> {
  const { reward } = source
  if (reward === undefined || !isUrl(reward))
    return embeddedSource(modelDirectory('crm', reward), reward ?? 'crm', options)
  const server = await openReward(source, options)
  opened.push(server)
  const { model, where, called } = server
  return { kind: model.kind, where, called, identity: await server.identity(), use: (work) => work(server) }
}

async function embeddedSource(
  directory: string,
  where: string,
  { threads }: Pick<BenchOptions, 'threads'>,
): Promise<Source> {
  return {
    kind: readRewardHeader(directory).kind,
    where,
    called: basename(resolve(directory)),
    identity: await checkpointHash(directory),
    async use(work) {
      const reward = await openReward({ reward: directory }, { threads })
      try {
        return await work(reward)
      } finally {
        await reward.model.close()
      }
    },
  }
}

async function trainedKinds(options: BenchOptions, kinds: readonly KindName[]) {
  checkTrainable(options)
  const progress = stageProgress('')
  try {
    return await labKinds(labOf(options, progress.report), kinds, seedsOf(options))
  } finally {
    progress.stop()
  }
}

/** @throws InputError when there is no policy here to train rewards on the samples of */
export function checkTrainable({ generator }: Pick<BenchOptions, 'generator'>): void {
  if (generator !== undefined)
    throw new InputError('rewards are trained on samples of a checkpoint, not of a server', {
      where: '--generator',
      fix: 'Name a checkpoint with --policy, or rewards that are trained already with --reward.',
    })
}

/** Options of the rewards that are not to be trained. */
function namedSources(options: BenchOptions, named: readonly string[]): RewardOptions[] {
  const urls = named.filter(isUrl)
  const dialects = oneForEach('--dialect', options.dialect, urls)
  const models = oneForEach('--reward-model', options.rewardModel, urls)
  let url = 0
  return named.map((reward) =>
    isUrl(reward)
      ? { reward, dialect: dialects[url], rewardModel: models[url++] }
      : { reward: reward || undefined },
  )
}

function oneForEach(option: string, given: string[] | undefined, urls: readonly string[]) {
  if (given === undefined || given.length === urls.length) return given ?? []
  if (given.length === 1 && urls.length > 0) return urls.map(() => given[0])
  throw new InputError(`${option} names ${given.length}, and --reward ${urls.length} URLs`, {
    fix: 'Give one for all, or one for each.',
  })
}
