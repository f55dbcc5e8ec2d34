import { mkdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { problemIdOf } from '../../data/samples.ts'
import { encodeLines, encodeShown } from '../../judge/embedded/layout.ts'
import type { Contest, TournamentResult } from '../../judge/tournaments/play.ts'
import type { Problem } from '../../reasoning/types.ts'
import { embeddedScorer } from '../../reward/scorer.ts'
import { type CascadeGap, fitCascadeGap } from '../../search/cascade-gap.ts'
import type { Split } from '../../tasks/index.ts'
import type { Tokenizer } from '../../transformer/tokenizer.ts'
import { checkpointHash } from '../checkpoint-hash.ts'
import { namedReward, rewardNames } from '../lab/named-rewards.ts'
import type { PoolRow } from '../lab/pools.ts'
import { type JudgeArm, sizeOf } from './arms.ts'
import type { ContestRecord, JudgedContest } from './best-of.ts'
import { candidates, keptGames, played, playsWith, scoredPools } from './contests.ts'
import { withArm } from './run-pairs.ts'
import type { PolicySample } from './samples.ts'
import { cascadeError, counter, type JudgeBench } from './settings.ts'

/** Problems of one task and split, and `n` samples of each, one problem's after the other's. */
export interface SampledProblems {
  /** Of the file that their scores are kept in. */
  name: string
  task: string
  split: Split
  n: number
  samples: readonly PolicySample[]
}

/** What the rewards say of all samples, and what the cascade's gap was fitted on. */
export interface ScoredContests {
  /** Each with its samples, and a pool for each reward. */
  contests: { task: string; split: Split; problem: Problem; samples: PolicySample[]; pools: PoolRow[] }[]
  /** Readings by reward: their names, and the parameters behind them. */
  sizes: Record<string, number>
  /** Checkpoints by reward. */
  hashes: Record<string, string>
  /** The reading that the cascade goes by. */
  cascadeBy: string
  /** null: no gap can be promised, so that all leaders play. */
  gap: CascadeGap | null
}

/** Scores contests by all rewards, and validation problems by the cascade's, whose gap is fitted there. */
export async function scoredContests(
  bench: JudgeBench,
  sets: readonly SampledProblems[],
  validation: readonly SampledProblems[],
): Promise<ScoredContests> {
  const { directory, crm, threads, seed, signal } = bench
  const sources = [crm, ...bench.rewards].map((where) => ({
    model: embeddedScorer(where, { threads }),
    where,
    called: basename(resolve(where)),
  }))
  try {
    const names = rewardNames(sources.map((each) => ({ ...each, kind: each.model.kind.name })))
    const rewards = sources.map((each, i) => ({ ...each, ...namedReward(names[i], each.model) }))
    const hashes = await Promise.all(rewards.map(({ where }) => checkpointHash(where)))
    const poolsOf = async (set: SampledProblems, which: number): Promise<PoolRow[]> => {
      const { name, n, samples } = set
      const folder = join(directory, 'pools', hashes[which])
      await mkdir(folder, { recursive: true })
      const problems = problemsOf(set).map(({ problem }) => problem)
      return scoredPools(
        join(folder, `${name}.jsonl`),
        problems,
        samples,
        { n, seed, reward: rewards[which] },
        {
          signal,
          onRows: counter(bench, `${rewards[which].name}: ${name}`, problems.length),
        },
      )
    }
    const contests: ScoredContests['contests'] = []
    for (const set of sets) {
      const pools: PoolRow[][] = []
      for (const which of rewards.keys()) pools.push(await poolsOf(set, which))
      const { task, split } = set
      for (const [i, each] of problemsOf(set).entries())
        contests.push({ task, split, ...each, pools: pools.map((rows) => rows[i]) })
    }
    const cascadeBy = rewards[0].names[0]
    const labelled: PoolRow[] = []
    for (const set of validation) labelled.push(...(await poolsOf(set, 0)))
    return {
      contests,
      sizes: Object.fromEntries(
        rewards.flatMap(({ names, model: { checkpoint } }) => {
          const size = sizeOf(checkpoint) + (checkpoint.beside ? sizeOf(checkpoint.beside) : 0)
          return names.map((name) => [name, size])
        }),
      ),
      hashes: Object.fromEntries(rewards.map(({ name }, i) => [name, hashes[i]])),
      cascadeBy,
      gap: fitCascadeGap(
        labelled.map(({ answer, correct, rewards }) =>
          answer.map((each, i) => {
            return { answer: each, correct: correct[i] === 1, score: rewards[cascadeBy].score[i] }
          }),
        ),
        { error: cascadeError },
      ),
    }
  } finally {
    await Promise.all(sources.map(({ model }) => model.close()))
  }
}

function problemsOf({ n, samples }: SampledProblems): { problem: Problem; samples: PolicySample[] }[] {
  return Array.from({ length: samples.length / n }, (_, i) => {
    const own = samples.slice(i * n, (i + 1) * n)
    return { problem: { id: problemIdOf(own[0].id), problem: own[0].problem }, samples: own }
  })
}

/** Lets every judge choose among the first candidates of each contest, in every way. */
export async function judgedContests(
  bench: JudgeBench,
  judges: readonly JudgeArm[],
  { contests, cascadeBy, gap }: ScoredContests,
): Promise<ContestRecord[]> {
  const { seed, signal, thinking } = bench
  const records = contests.map((contest) => recordOf(contest, judges[0].header.tokenizer))
  for (const arm of judges)
    await withArm(bench, arm, thinking, async (open) => {
      const kept = await open.kept('games')
      const judge = keptGames(
        kept,
        { compare: (comparisons, options) => open.judge().compare(comparisons, options) },
        { signal },
      )
      for (const [play, rules] of Object.entries(playsWith(gap?.gap ?? Number.MAX_VALUE))) {
        const isCascade = rules.cascade !== undefined
        const results = await played(
          contests.map((_, i) => contestOf(contests[i], records[i], isCascade ? cascadeBy : null)),
          rules,
          {
            ...{ judge, seed },
            onPlayed: counter(bench, `${arm.name}: ${play}`, contests.length),
          },
        )
        for (const [i, result] of results.entries()) {
          const { judged } = records[i]
          judged[play] = [
            ...(judged[play] ?? []),
            outcomeOf(records[i], result, lengthsOf(contests[i], arm.header.tokenizer)),
          ]
        }
      }
    })
  return records
}

type ScoredContest = ScoredContests['contests'][number]

function recordOf(
  { task, split, problem, samples, pools }: ScoredContest,
  tokenizer: Tokenizer,
): ContestRecord {
  const [{ answer, correct }] = pools
  return {
    ...{ id: problem.id, task, split, answers: answer, correct: correct.map((right) => right === 1) },
    prompt: tokenizer.encodePrompt(problem.problem).length,
    tokens: samples.map(({ tokens }) => tokens),
    scores: Object.fromEntries(
      pools.flatMap(({ rewards }) => Object.entries(rewards).map(([name, { score }]) => [name, score])),
    ),
    judged: {},
  }
}

/** Those among the first samples take part that came to an answer; entrants are called by their number. */
function contestOf(
  { problem, samples }: ScoredContest,
  record: ContestRecord,
  scoredBy: string | null,
): Contest {
  return {
    id: problem.id,
    query: problem.problem,
    entrants: samples.slice(0, candidates).flatMap(({ steps }, i) => {
      const answer = record.answers[i]
      if (answer === null) return []
      const score = scoredBy === null ? null : record.scores[scoredBy][i]
      return [{ id: `${i}`, text: steps.join('\n'), answer, score }]
    }),
  }
}

/** Tokens of the problem with nothing beside it, and of each candidate, as a judge reads them. */
function lengthsOf({ problem, samples }: ScoredContest, tokenizer: Tokenizer) {
  return {
    around: encodeShown(tokenizer, { problem: problem.problem, responses: [[], []] }).length,
    of: samples.slice(0, candidates).map(({ steps }) => encodeLines(tokenizer, steps).length),
  }
}

function outcomeOf(
  { answers, correct }: ContestRecord,
  result: TournamentResult | null,
  { around, of }: ReturnType<typeof lengthsOf>,
): JudgedContest {
  if (result === null) return { right: false, calls: 0, read: 0, written: 0 }
  const entrants = answers.slice(0, candidates).flatMap((answer, i) => (answer === null ? [] : [i]))
  const asked = result.matches.flatMap(({ games }) => games).filter(({ judgment }) => judgment.tokens > 0)
  return {
    right: correct[entrants[result.ranking[0]]],
    calls: asked.length,
    read: asked.reduce((sum, { shown: [a, b] }) => sum + around + of[entrants[a]] + of[entrants[b]], 0),
    written: asked.reduce((sum, { judgment }) => sum + judgment.tokens, 0),
  }
}
