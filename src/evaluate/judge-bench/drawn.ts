import { join } from 'node:path'
import { encodeComparison } from '../../judge/embedded/embedded-judge.ts'
import { verdictTokens } from '../../judge/embedded/forced-verdict.ts'
import { InputError } from '../../reasoning/errors.ts'
import type { Generator } from '../../reasoning/types.ts'
import type { TaskProblem } from '../../tasks/index.ts'
import { embeddedGenerator } from '../../transformer/generator.ts'
import { type BenchPair, chosenPairs, type PairCount } from './bench-pairs.ts'
import { candidates, poolSize } from './contests.ts'
import type { SampledProblems } from './run-contests.ts'
import { gapProblems, type PolicySample, policySamples, problemsByLevel, shareOf } from './samples.ts'
import { type JudgeBench, samplesOfProblem } from './settings.ts'

/** What judges are measured on. */
export interface Drawn {
  pairs: BenchPair[]
  counts: PairCount[]
  /** Problems to choose solutions of; those to fit a cascade's gap on. */
  contests: SampledProblems[]
  validation: SampledProblems[]
}

/** Draws pairs and contests from the policy's samples, which are made where they are not there. */
export async function drawn(bench: JudgeBench): Promise<Drawn> {
  let open: ReturnType<typeof embeddedGenerator> | undefined
  const policy: Generator = {
    generate(requests) {
      open ??= embeddedGenerator(bench.policy, { threads: bench.threads })
      return open.generate(requests)
    },
  }
  try {
    return {
      ...(await drawnPairs(bench, policy)),
      contests: await pools(bench, policy),
      validation: await forGap(bench, policy),
    }
  } finally {
    await open?.close()
  }
}

/** Samples kept in the file of this name. */
async function sampled(
  { directory, seed, signal, report }: JudgeBench,
  policy: Generator,
  { name, problems, n }: { name: string; problems: readonly TaskProblem[]; n: number },
): Promise<PolicySample[]> {
  return policySamples(join(directory, 'samples', `${name}.jsonl`), problems, { n, seed }, policy, {
    signal,
    onProgress: (rows, total) => report(`sampling ${name}`, rows, total),
  })
}

/** Pairs of all tasks and splits that every arm has room for. */
async function drawnPairs(bench: JudgeBench, policy: Generator): Promise<Pick<Drawn, 'pairs' | 'counts'>> {
  const { arms, tasks, splits, seed, thinking } = bench
  const context = Math.min(...arms.map(({ header }) => header.config.contextLength))
  const room = context - thinking - verdictTokens - 1
  const { tokenizer } = arms[0].header
  const pairs: BenchPair[] = []
  const counts: PairCount[] = []
  for (const split of splits)
    for (const [i, task] of tasks.entries()) {
      const problems = shareOf(bench.problems, tasks.length, i)
      const samples = await sampled(bench, policy, {
        name: `pairs-${task.name}-${split}`,
        problems: problemsByLevel(task, split, problems),
        n: samplesOfProblem,
      })
      const whole = samples.filter(({ finish, steps }) => finish === 'end' && steps.length > 0)
      const chosen = chosenPairs(whole, problems, {
        ...{ task: task.name, split, seed, room },
        most: shareOf(bench.pairs, tasks.length, i),
        tokens: (comparison) => encodeComparison(tokenizer, comparison).length,
      })
      pairs.push(...chosen.pairs)
      counts.push(chosen.count)
    }
  const empty = splits.find((split) => !pairs.some((pair) => pair.split === split))
  if (empty !== undefined)
    throw new InputError(`no problem of the ${empty} split has a right and a wrong solution that fit`, {
      where: bench.policy,
      fix: 'Sample more with --problems, or think less with --thinking.',
    })
  return { pairs, counts }
}

/** Pools of the problems of every split that has some for a task. */
async function pools(bench: JudgeBench, policy: Generator): Promise<SampledProblems[]> {
  const sets: SampledProblems[] = []
  for (const split of bench.splits)
    for (const [i, task] of bench.tasks.entries()) {
      const problems = problemsByLevel(task, split, shareOf(bench.contests, bench.tasks.length, i))
      if (problems.length === 0) continue
      const name = `${task.name}-${split}`
      const samples = await sampled(bench, policy, { name: `pools-${name}`, problems, n: poolSize })
      sets.push({ name, task: task.name, split, n: poolSize, samples })
    }
  return sets
}

/** As many problems to fit the cascade's gap on as a split has contests, but for variants. */
async function forGap(bench: JudgeBench, policy: Generator): Promise<SampledProblems[]> {
  const sets: SampledProblems[] = []
  for (const [i, task] of bench.tasks.entries()) {
    const problems = gapProblems(task, shareOf(bench.contests, bench.tasks.length, i))
    if (problems.length === 0) continue
    const name = `gap-${task.name}`
    const samples = await sampled(bench, policy, { name, problems, n: candidates })
    sets.push({ name, task: task.name, split: 'validation', n: candidates, samples })
  }
  return sets
}
