import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readCheckpointHeader } from '../../transformer/checkpoint.ts'
import type { BootstrapOptions } from '../bootstrap.ts'
import { checkpointHash } from '../checkpoint-hash.ts'
import { checkSettings } from '../settings.ts'
import { type ArmJudgments, accuracySlices } from './accuracy.ts'
import { type JudgeArm, sizeOf } from './arms.ts'
import type { BenchPair, JudgedPair } from './bench-pairs.ts'
import { bestOfSets } from './best-of.ts'
import { poolSize } from './contests.ts'
import { drawn } from './drawn.ts'
import { learningCurve } from './learning.ts'
import { pairsToRead } from './reading.ts'
import { judgedContests, scoredContests } from './run-contests.ts'
import { judgedPairs, swappedThinking, withArm } from './run-pairs.ts'
import { cascadeError, type JudgeBench, pairsRead, samplesOfProblem } from './settings.ts'
import { type Swapped, swapReport } from './swapped.ts'
import { budgetCurves, thinkingLength } from './thinking.ts'
import { voteCurves } from './vote-rules.ts'

/** All that the bench comes to: plain data, ready for JSON, tables and plots. */
export type JudgeBenchReport = Awaited<ReturnType<typeof runJudgeBench>>

/**
 * Measures judges against where they started and against those that do not think. All samples, scores and judgments are kept in the
 * bench's folder, each made once; killed at any moment, it goes on from there, and its results are a function of them.
 *
 * @throws InputError when the folder holds a bench of other settings, or no pair came of the samples
 */
export async function runJudgeBench(bench: JudgeBench, options: BootstrapOptions) {
  const { directory, arms, policy, seed, thinking, temperature, votes } = bench
  const settings = await settingsOf(bench)
  await mkdir(join(directory, 'samples'), { recursive: true })
  await checkSettings(join(directory, 'settings.json'), settings)
  const { pairs, counts, contests, validation } = await drawn(bench)
  const { judged, swapped } = await judgedByAll(bench, pairs)
  const ofRole = (role: JudgeArm['role']) =>
    judged.filter(({ arm }) => arm.role === role).map(({ pairs }) => pairs)
  const judges = arms.filter(({ role }) => role === 'judge')
  const budgets = await judgedWithBudgets(bench, judges, pairs)
  const scored = await scoredContests(bench, contests, validation)
  const records = await judgedContests(bench, judges, scored)
  const groups = groupsOf(judged)
  const { sizes: rewards, cascadeBy, gap } = scored
  const sizes = { policy: sizeOf(readCheckpointHeader(policy)), judge: judges[0].size, rewards }
  return {
    settings: { ...settings, thinking, temperature, votes },
    arms: arms.map(({ role, name, group, hash, size }) => ({ role, name, group, hash, size })),
    rewards: scored.hashes,
    sizes,
    pairs: counts,
    accuracy: accuracySlices(groups, options),
    thinking: groups.filter(({ role }) => role !== 'direct').map((group) => thinkingLength(group, options)),
    budgets: budgetCurves([...budgets, { budget: thinking, seeds: ofRole('judge') }], options),
    votes: await voteCurves(ofRole('judge'), seed, options),
    swapped: swapReport(swapped, options),
    cascade: { by: cascadeBy, error: cascadeError, gap },
    bestOf: bestOfSets(records, { ...options, sizes, cascadeBy }),
    learning: await learningCurve(judges.map((judge) => judge.directory)),
    reading: pairsToRead(ofRole('base')[0], ofRole('judge')[0], { count: pairsRead, seed }),
  }
}

/** What everything in the folder depends on. Arms, votes and budgets can be added later: their judgments have files of their own. */
async function settingsOf({ policy, tasks, splits, problems, pairs, contests, seed }: JudgeBench) {
  return {
    policy: await checkpointHash(policy),
    tasks: tasks.map(({ name }) => name),
    ...{ splits: [...splits], problems, pairs, contests, seed, samples: samplesOfProblem, pool: poolSize },
  }
}

interface JudgedByArm {
  arm: JudgeArm
  pairs: JudgedPair[]
}

/** What every arm says of all pairs, and what the judges say after swapped thinking, one list each. */
async function judgedByAll(
  bench: JudgeBench,
  pairs: readonly BenchPair[],
): Promise<{ judged: JudgedByArm[]; swapped: Swapped[][] }> {
  const judged: JudgedByArm[] = []
  const swapped: Swapped[][] = []
  for (const arm of bench.arms) {
    const isJudge = arm.role === 'judge'
    await withArm(bench, arm, arm.role === 'direct' ? 0 : bench.thinking, async (open) => {
      const votes = isJudge ? bench.votes : 2
      const said = await judgedPairs(bench, arm, open, pairs, { votes, stage: 'pairs' })
      judged.push({ arm, pairs: said })
      if (isJudge) swapped.push(await swappedThinking(bench, arm, open, said))
    })
  }
  return { judged, swapped }
}

/** Both orders of every pair by every judge, with each of the smaller budgets. */
async function judgedWithBudgets(
  bench: JudgeBench,
  judges: readonly JudgeArm[],
  pairs: readonly BenchPair[],
): Promise<{ budget: number; seeds: JudgedPair[][] }[]> {
  const byBudget: { budget: number; seeds: JudgedPair[][] }[] = []
  for (const budget of bench.budgets) {
    const seeds: JudgedPair[][] = []
    for (const arm of judges)
      await withArm(bench, arm, budget, async (open) => {
        const stage = `${budget} tokens of thinking`
        seeds.push(await judgedPairs(bench, arm, open, pairs, { votes: 2, stage }))
      })
    byBudget.push({ budget, seeds })
  }
  return byBudget
}

/** The seeds of each group together. */
function groupsOf(judged: readonly JudgedByArm[]): ArmJudgments[] {
  const names = [...new Set(judged.map(({ arm }) => arm.group))]
  return names.map((group) => {
    const own = judged.filter(({ arm }) => arm.group === group)
    return { group, role: own[0].arm.role, seeds: own.map(({ pairs }) => pairs) }
  })
}
