import { join } from 'node:path'
import { z } from 'zod'
import type { Generator, Problem, Verifier } from '../reasoning/types.ts'
import { beamSearches } from '../search/beam.ts'
import type { Split } from '../tasks/index.ts'
import { type ComparedReward, ofSeed } from './lab/compared.ts'
import { type Plan, type PlanRun, readPlan, runPlan } from './lab/plan.ts'
import { fresh, type Reward } from './lab/pools.ts'
import { settingsFolder } from './settings.ts'

/** A size of beam search: n candidates at each depth, of which `beams` go on. */
export interface Width {
  n: number
  beams: number
}

export const widthName = ({ n, beams }: Width) => `${n}/${beams}`

/** What came of the search of one problem. */
const beamRow = z.object({
  id: z.string(),
  problem: z.string(),
  /** 1 for a right answer. */
  correct: z.literal([0, 1]),
  /** Generated. */
  tokens: z.int(),
  /** Distinct prefixes that the reward scored. */
  scored: z.int(),
})

export type BeamRow = z.infer<typeof beamRow>

/** One way to search, and where its rows are kept in the folder of the samples. */
export interface BeamSettings extends Width {
  /** Independent subtrees: diverse verifier tree search. */
  diverse: boolean
}

/** The folder of the rows of one reward and way to search. */
function folderOf(directory: string, { folder }: Pick<ComparedReward, 'folder'>, settings: BeamSettings) {
  const { n, beams, diverse } = settings
  return settingsFolder(join(directory, 'beams'), `${n}-${beams}`, { n, beams, diverse, reward: folder })
}

export interface BeamRun extends BeamSettings, Pick<PlanRun<BeamRow>, 'signal' | 'report'> {
  directory: string
  generator: Generator
  verifier: Verifier
  reward: Reward & Pick<ComparedReward, 'folder'>
  /** Candidates of one depth, over all problems that are searched together. */
  candidates: number
}

/** Searches the problems of a plan by one reward; what is there is not searched again. */
export async function runBeams(plan: Plan, run: BeamRun): Promise<void> {
  const { directory, reward, n, candidates } = run
  await runPlan<BeamRow>(plan, {
    ...run,
    folder: await folderOf(directory, reward, run),
    group: Math.ceil(candidates / n),
    make: (problems, seed) => searched(problems, seed, run),
  })
}

async function searched(
  problems: readonly Problem[],
  seed: number,
  { generator, verifier, reward, n, beams, diverse }: BeamRun,
): Promise<BeamRow[]> {
  const { read } = fresh(reward)
  const score = async (solutions: { problem: string; steps: string[] }[]) =>
    (await read(solutions)).map((readings) => readings?.[0].score ?? Number.NEGATIVE_INFINITY)
  const found = await beamSearches(problems, { generator, score, n, beams, diverse, seed })
  return problems.map(({ id, problem }, i): BeamRow => {
    const { winner, tokens, scoredSteps } = found[i]
    const right = winner !== null && verifier.verify({ id, problem, steps: winner.steps }).correct
    return { id, problem, correct: right ? 1 : 0, tokens, scored: scoredSteps }
  })
}

/** What {@link runBeams} left of one task and split: by reward and width, the rows of each seed. */
export async function readBeams(
  plan: Plan,
  { directory, rewards, widths, diverse }: Omit<BeamSets, 'plan'>,
  task: string,
  split: Split,
): Promise<Map<string, Map<string, BeamRow[][]>>> {
  const found = new Map<string, Map<string, BeamRow[][]>>()
  for (const seed of plan.seeds)
    for (const reward of ofSeed(rewards, seed)) {
      const byWidth = found.get(reward.names[0]) ?? new Map<string, BeamRow[][]>()
      found.set(reward.names[0], byWidth)
      for (const width of widths) {
        const folder = await folderOf(directory, reward, { ...width, diverse })
        const rows = await readPlan({ ...plan, seeds: [seed] }, { folder, schema: beamRow }, task, split)
        byWidth.set(widthName(width), [...(byWidth.get(widthName(width)) ?? []), rows])
      }
    }
  return found
}

/** The most tokens that a search of a problem took, of any reward and width. */
export async function mostTokens(sets: BeamSets): Promise<(id: string, seed: number) => number> {
  const { plan } = sets
  const most = new Map<string, number>()
  const key = (id: string, seed: number) => `${seed} ${id}`
  for (const split of plan.splits)
    for (const task of plan.tasks)
      for (const byWidth of (await readBeams(plan, sets, task, split)).values())
        for (const bySeed of byWidth.values())
          for (const [i, rows] of bySeed.entries())
            for (const { id, tokens } of rows) {
              const at = key(id, plan.seeds[i])
              most.set(at, Math.max(tokens, most.get(at) ?? 0))
            }
  return (id, seed) => most.get(key(id, seed)) ?? 0
}

/** Which searches are compared. */
export interface BeamSets {
  plan: Plan
  /** Of the samples. */
  directory: string
  rewards: readonly ComparedReward[]
  widths: readonly Width[]
  diverse: boolean
}
