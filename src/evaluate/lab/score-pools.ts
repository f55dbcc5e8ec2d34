import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readJsonLines } from '../../data/jsonl.ts'
import { type Filling, fillFiles, inPieces, type Plan } from './plan.ts'
import { type Column, column, columnsOf, type Reward } from './pools.ts'
import { firstSamples, readSamplePools, type SamplePool, sumOf } from './sample-pools.ts'

/** Columns that follow those of the first `from` solutions of their problem. */
const scoresRow = z.object({ id: z.string(), from: z.int(), columns: z.array(column).min(1) })

export interface Scoring extends Pick<Filling<SamplePool>, 'signal' | 'report'> {
  /** Where the samples are, and where scores go. */
  directory: string
  /** Where those of this reward go in it: one that tells it from all others. */
  folder: string
  reward: Reward
  /** How many samples of a problem are to be scored. */
  upTo: (pool: SamplePool, seed: number) => number
  /** Solutions scored together, about. */
  chunk: number
}

/**
 * Scores the samples of a plan's problems that {@link samplePools} made: each different solution once, and none that has a score.
 * @throws InputError when samples are missing
 */
export async function scorePools(plan: Plan, scoring: Scoring): Promise<void> {
  const { directory, folder, reward, upTo, chunk, signal, report } = scoring
  await fillFiles<Unscored>(plan, {
    folder: join(directory, folder),
    async lacking(unit) {
      const there = await scoresIn(unit.path)
      const pools = (await readSamplePools(plan, directory, unit)).map((pool): Unscored => {
        return {
          ...firstSamples(pool, upTo(pool, unit.seed)),
          from: there.get(pool.id)?.[0].score.length ?? 0,
        }
      })
      const short = pools.filter(({ solutions, from }) => from < solutions.length)
      const solutions = sumOf(short.map(({ solutions, from }) => solutions.length - from))
      return inPieces(short, Math.max(1, Math.round((chunk * short.length) / solutions)))
    },
    make: (pools) => scoresOf(pools, reward),
    signal,
    report,
  })
}

/** Its solutions from `from` on have no scores. */
type Unscored = SamplePool & { from: number }

/** Columns by problem that {@link scorePools} made of one task, split and seed. */
export function readScores(
  directory: string,
  folder: string,
  { task, split, seed }: { task: string; split: string; seed: number },
): Promise<Map<string, Column[]>> {
  return scoresIn(join(directory, folder, `${task}-${split}-${seed}.jsonl`))
}

async function scoresIn(path: string): Promise<Map<string, Column[]>> {
  const found = new Map<string, Column[]>()
  if (!existsSync(path)) return found
  for await (const { row } of readJsonLines(path, scoresRow)) {
    const columns = found.get(row.id)
    // what is there twice, another run has put there
    if (row.from === (columns?.[0].score.length ?? 0))
      found.set(
        row.id,
        columns ? columns.map((column, way) => joined(column, row.columns[way])) : row.columns,
      )
  }
  return found
}

function joined(a: Column, b: Column): Column {
  const score = [...a.score, ...b.score]
  if (a.first_error === undefined && b.first_error === undefined) return { score }
  const errors = ({ score, first_error }: Column) => first_error ?? score.map(() => null)
  return { score, first_error: [...errors(a), ...errors(b)] }
}

async function scoresOf(pools: readonly Unscored[], reward: Reward) {
  const fresh = pools.map(({ problem, solutions, from }) => ({ problem, solutions: solutions.slice(from) }))
  const columns = await columnsOf(reward, fresh)
  return pools.map(({ id, from }, i) => ({ id, from, columns: columns[i] }))
}
