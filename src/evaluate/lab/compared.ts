import { join, relative } from 'node:path'
import { InputError } from '../../reasoning/errors.ts'
import type { Split } from '../../tasks/index.ts'
import { settingsFolder } from '../settings.ts'
import type { Plan } from './plan.ts'
import { type Column, type PoolRow, poolRowOf } from './pools.ts'
import { firstSamples, readSamplePools, type SamplePool } from './sample-pools.ts'
import { readScores } from './score-pools.ts'

/** A reward as reports see it: what it is called, and where its scores of pools are. */
export interface ComparedReward {
  /** Its readings' names begin with it. Those that were trained several times share it. */
  name: string
  /** Of its readings; those of the same name are alike in all seeds. */
  names: readonly string[]
  /** The repetition of the measurement that it is for, which is its training seed; null: for all. */
  seed: number | null
  /** Of its scores, in the folder of the samples. */
  folder: string
}

/** The folder of a reward's scores in that of the samples. @param identity tells its model from all others */
export async function scoresFolder(directory: string, kind: string, identity: string): Promise<string> {
  const folder = await settingsFolder(join(directory, 'scores'), kind, { reward: identity })
  return relative(directory, folder)
}

/** The rewards of one repetition, in which every name stands once. */
export function ofSeed<Reward extends Pick<ComparedReward, 'seed'>>(
  rewards: readonly Reward[],
  seed: number,
): Reward[] {
  return rewards.filter((reward) => reward.seed === null || reward.seed === seed)
}

/** The samples of a problem, and what rewards say of its solutions, by reading. */
export interface ScoredSamples {
  pool: SamplePool
  columns: Record<string, Column>
}

/**
 * The problems of one task, split and seed with what was kept of them in `directory`.
 * @throws InputError when samples or scores are missing
 */
export async function readScored(
  plan: Plan,
  directory: string,
  rewards: readonly ComparedReward[],
  unit: { task: string; split: Split; seed: number },
): Promise<ScoredSamples[]> {
  const pools = await readSamplePools(plan, directory, unit)
  const own = ofSeed(rewards, unit.seed)
  const scores = await Promise.all(own.map(({ folder }) => readScores(directory, folder, unit)))
  return pools.map((pool) => ({
    pool,
    columns: Object.fromEntries(
      own.flatMap(({ names, folder }, i) => {
        const columns = scores[i].get(pool.id)
        if (columns === undefined)
          throw new InputError(`${folder} has no scores of this problem`, {
            where: `${directory}: ${pool.id}`,
          })
        return names.map((name, way) => [name, columns[way]])
      }),
    ),
  }))
}

/** Reads the pools of a task and split: those of each seed, in the order of the plan. */
export type PoolReader = (task: string, split: Split) => Promise<PoolRow[][]>

/** A reader of the first n samples of each problem, with the rewards of each seed under the same names. */
export function poolReader(
  plan: Plan,
  directory: string,
  rewards: readonly ComparedReward[],
  n: number,
): PoolReader {
  return async (task, split) => {
    const bySeed: PoolRow[][] = []
    for (const seed of plan.seeds) {
      const scored = await readScored(plan, directory, rewards, { task, split, seed })
      bySeed.push(scored.map(({ pool, columns }) => poolRowOf(firstSamples(pool, n), columns)))
    }
    return bySeed
  }
}

/** Pools of several tasks together, seed by seed. */
export function togetherBySeed(sets: readonly (readonly PoolRow[][])[]): PoolRow[][] {
  return sets[0].map((_, seed) => sets.flatMap((bySeed) => bySeed[seed]))
}
