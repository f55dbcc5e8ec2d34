import { join } from 'node:path'
import { writeFiles } from '../../data/write-files.ts'
import { random, seedOf } from '../../reasoning/random.ts'
import { type LoopResult, type LoopRow, type LoopSettings, type Practice, runLoop } from '../../rl/loop.ts'
import type { TokenRewards } from '../../rl/rewards.ts'
import type { Rollout } from '../../rl/rollouts.ts'
import { readCheckpoint } from '../../transformer/checkpoint.ts'
import type { Tokenizer } from '../../transformer/tokenizer.ts'
import { expectedCredit } from './credit.ts'
import { encodeShown, verdictCue, verdictLine, verdictOf } from './layout.ts'
import { inOrder, type JudgePair } from './pairs.ts'

export interface JudgeSettings extends LoopSettings {
  /** Pairs of a step, and judgments of each. */
  pairs: number
  judgments: number
  /** Half of a pair's judgments in either order; else all in one, drawn by lot. */
  bothOrders: boolean
  /** Are tokens credited with what the verdict that was drawn earned, or with what verdicts earn on average: see {@link expectedCredit}? */
  credit: 'drawn' | 'expected'
  /** Does the judge think? Else it has to say its verdict at once: the DirectJudge to compare with. */
  thinking: boolean
}

/** A verdict right or wrong is all it is told, as in docs/rrm.md section 2; rates, sizes and credit are ours, for small models. */
export const judgeDefaults: JudgeSettings = {
  steps: 80,
  pairs: 32,
  judgments: 8,
  bothOrders: true,
  credit: 'expected',
  thinking: true,
  temperature: 0.7,
  maxTokens: 320,
  estimator: 'grpo',
  whiten: false,
  gamma: 1,
  clip: 0.2,
  klLoss: 0.03,
  klReward: 0,
  entropyBonus: 0,
  rate: 5e-5,
  warmup: 10,
  batchTokens: 4096,
  probeEvery: 20,
  keepEvery: 50,
  seed: 1,
}

export interface JudgingMetrics {
  /** Share of judgments whose verdict is right; one without a verdict is not. */
  accuracy: number
  /** Share without a verdict. */
  unparseable: number
  /** Generated tokens, the verdict's included, and those of pairs by the level of their problem. */
  tokens: number
  tokens_by_level: Record<number, number>
  /** Share of verdicts for the response that is shown first. */
  first: number
  /** Share of pairs, each order for itself, that all judgments got right: they teach nothing. */
  solved: number
}

/** A row of metrics.jsonl. Its probe is the accuracy on the held-out pairs. */
export type JudgeRow = LoopRow<JudgingMetrics>

export interface JudgeRun {
  directory: string
  /** Checkpoint of the base, which is the reference too. */
  base: string
  settings: JudgeSettings
  /** Names models and pairs in config.json. */
  describes: Record<string, unknown>
  pairs: readonly JudgePair[]
  probe: readonly JudgePair[]
  threads: number
  saveEvery?: number
  onStep?: (row: JudgeRow) => void
  signal?: AbortSignal
}

/** Trains a judge by whether its verdicts are right, and by nothing else (Guo et al., arXiv 2505.14674, section 3). */
export async function trainJudge(run: JudgeRun): Promise<LoopResult<JudgingMetrics>> {
  const { directory, base, settings, describes, threads, saveEvery, signal } = run
  const { tokenizer } = readCheckpoint(base)
  const trained = await runLoop<JudgingMetrics>({
    ...{ directory, policy: base, settings, describes, threads, saveEvery, signal },
    practice: judging(run, tokenizer),
    onStep: (rows) => run.onStep?.(rows.at(-1)!),
  })
  const { rows: _, ...told } = trained
  await writeFiles([{ path: join(directory, 'result.json'), text: `${JSON.stringify(told, null, 2)}\n` }])
  return trained
}

/** A pair in the order in which it is shown, and where the right response stands. */
interface Asked {
  pair: JudgePair
  right: 0 | 1
  prompt: number[]
  seeds: number[]
}

/** How many judgments of a step are kept to be read. */
const kept = 16

function judging({ settings, pairs, probe }: JudgeRun, tokenizer: Tokenizer): Practice<JudgingMetrics> {
  const { seed, judgments, bothOrders, credit, thinking } = settings
  const askedAs = (pair: JudgePair, right: 0 | 1, seeds: number[]): Asked => ({
    pair,
    right,
    prompt: promptOf(tokenizer, pair, right, thinking),
    seeds,
  })
  const asked = (step: number): Asked[] =>
    labelledPairs(pairs, settings, step).flatMap((pair) => {
      const seeds = Array.from({ length: judgments }, (_, k) => seedOf('judgment', seed, step, pair.id, k))
      const right = random('order', seed, step, pair.id).int(0, 1) as 0 | 1
      if (!bothOrders) return [askedAs(pair, right, seeds)]
      const half = Math.ceil(judgments / 2)
      const other = (1 - right) as 0 | 1
      return [askedAs(pair, right, seeds.slice(0, half)), askedAs(pair, other, seeds.slice(half))]
    })
  const probed = probe.map((pair) => {
    const right = random('probe order', seed, pair.id).int(0, 1) as 0 | 1
    return askedAs(pair, right, [seedOf('probe', seed, pair.id)])
  })
  const isRight = ({ right }: Asked, rollout: Rollout) => verdictIn(rollout, thinking) === right
  return {
    requests: asked,
    async reward(step, groups) {
      const shown = asked(step)
      const given = groups.map((group, i) => {
        const right = group.map((rollout) => isRight(shown[i], rollout))
        if (credit === 'expected') return credited(group, right, tokenizer, thinking)
        return group.map((rollout, k) => outcome(rollout, right[k]))
      })
      const all = groups.flatMap((group, i) => group.map((rollout) => ({ rollout, ...shown[i] })))
      const samples = all.slice(0, kept).map(({ pair, right, rollout }) => {
        const { id, problem } = pair
        return { id, problem, responses: inOrder(pair, right), right, thinking: rollout.steps }
      })
      return { given, metrics: metricsOf(groups, shown, isRight, thinking), samples }
    },
    async probe(sample) {
      const rollouts = (await sample(probed)).flat()
      return rollouts.filter((rollout, i) => isRight(probed[i], rollout)).length / probed.length
    },
  }
}

/** Pairs of a step: every pair once, in an order drawn by the seed, then every pair once more. */
function labelledPairs(
  pairs: readonly JudgePair[],
  { seed, pairs: count }: JudgeSettings,
  step: number,
): JudgePair[] {
  const size = Math.min(count, pairs.length)
  const perRound = Math.floor(pairs.length / size)
  const round = random('round', seed, Math.floor(step / perRound)).shuffle(pairs)
  const at = (step % perRound) * size
  return round.slice(at, at + size)
}

function promptOf(tokenizer: Tokenizer, pair: JudgePair, right: 0 | 1, thinking: boolean): number[] {
  const prompt = encodeShown(tokenizer, { problem: pair.problem, responses: inOrder(pair, right) })
  return thinking ? prompt : [...prompt, ...tokenizer.encodeText(verdictCue)]
}

/** Tokens of a pair as it is shown. */
export function shownLength(tokenizer: Tokenizer, pair: JudgePair): number {
  return encodeShown(tokenizer, { problem: pair.problem, responses: [pair.right, pair.wrong] }).length
}

/** A judge that may not think has its verdict begun for it. */
function verdictIn({ steps, ended }: Rollout, thinking: boolean): 0 | 1 | null {
  if (!ended) return null
  return verdictOf(thinking ? steps : [`${verdictCue}${steps[0] ?? ''}`, ...steps.slice(1)])
}

/** +1 or -1 on the last token; no verdict is a wrong one (docs/rrm.md section 2). */
function outcome({ ids, promptLength }: Rollout, right: boolean): TokenRewards {
  const length = ids.length - promptLength
  const reward = right ? 1 : -1
  return {
    rewards: Array.from({ length }, (_, t) => (t === length - 1 ? reward : 0)),
    rewarded: Array.from({ length }, (_, t) => t === length - 1),
    proxy: reward,
  }
}

/** The judgments of one pair with that, and with the advantages of {@link expectedCredit}. */
function credited(
  group: readonly Rollout[],
  right: readonly boolean[],
  tokenizer: Tokenizer,
  thinking: boolean,
) {
  const judged = group.map((rollout, k) => {
    const verdict = verdictIn(rollout, thinking)
    const said = verdict === null ? [] : tokenizer.encodeText(verdictLine(verdict))
    const at = rollout.ids.lastIndexOf(said.at(-1) ?? -1)
    return {
      logProbabilities: rollout.logProbabilities,
      verdictAt: at < rollout.promptLength ? null : at - rollout.promptLength,
      right: right[k],
    }
  })
  const advantages = expectedCredit(judged)
  return group.map((rollout, k) => ({ ...outcome(rollout, right[k]), advantages: advantages[k] }))
}

function metricsOf(
  groups: readonly Rollout[][],
  shown: readonly Asked[],
  isRight: (asked: Asked, rollout: Rollout) => boolean,
  thinking: boolean,
): JudgingMetrics {
  const all = groups.flatMap((group, i) => group.map((rollout) => ({ rollout, asked: shown[i] })))
  const share = (is: (each: (typeof all)[number]) => boolean) => all.filter(is).length / all.length
  const length = ({ rollout }: (typeof all)[number]) => rollout.ids.length - rollout.promptLength
  const mean = (some: typeof all) => some.reduce((sum, each) => sum + length(each), 0) / some.length
  const levels = [...new Set(shown.map(({ pair }) => pair.level))].sort((a, b) => a - b)
  const verdicts = all
    .map(({ rollout }) => verdictIn(rollout, thinking))
    .filter((verdict) => verdict !== null)
  return {
    accuracy: share(({ asked, rollout }) => isRight(asked, rollout)),
    unparseable: 1 - verdicts.length / all.length,
    tokens: mean(all),
    tokens_by_level: Object.fromEntries(
      levels.map((level) => [level, mean(all.filter(({ asked }) => asked.pair.level === level))]),
    ),
    first: verdicts.filter((verdict) => verdict === 0).length / Math.max(1, verdicts.length),
    solved:
      groups.filter((group, i) => group.every((rollout) => isRight(shown[i], rollout))).length /
      groups.length,
  }
}
