import { availableParallelism } from 'node:os'
import { checkCounts } from '../../reasoning/counts.ts'
import { InputError } from '../../reasoning/errors.ts'
import type { Comparison, Judgment, PairJudge } from '../../reasoning/types.ts'
import { createRolloutPool, type RolloutPool } from '../../rl/policy.ts'
import type { Rollout, RolloutRequest } from '../../rl/rollouts.ts'
import { flatten } from '../../tensor/trainer.ts'
import { readCheckpoint, tensorShapes } from '../../transformer/checkpoint.ts'
import { checkWrites } from '../../transformer/config.ts'
import { checkTemperature } from '../../transformer/generate.ts'
import { shippedModel } from '../../transformer/shipped.ts'
import type { Tokenizer } from '../../transformer/tokenizer.ts'
import { settledWithoutCall } from '../judge.ts'
import { forcedVerdicts, judged, type Thinking, unjudged, verdictTokens } from './forced-verdict.ts'
import { gathered } from './gathered.ts'
import { encodeLines, encodeShown } from './layout.ts'

export interface EmbeddedJudgeOptions {
  /** Default: one a core. */
  threads?: number
  /** Of sampling; 0 takes the likeliest token. Default 0.6. */
  temperature?: number
  /** Most tokens of thinking; what is longer is closed, and the verdict asked for. 0: the verdict at once. Default 320. */
  thinking?: number
}

/** A comparison and lines of thinking about it, the judge's own or not; a verdict is none of them. */
export interface Considered extends Comparison {
  thinking: readonly string[]
}

type Options = { signal?: AbortSignal }

export interface EmbeddedJudge extends PairJudge, AsyncDisposable {
  /** The verdicts after thinking that is given: none of its own is added. */
  conclude(considered: readonly Considered[], options?: Options): Promise<Judgment[]>
  close(): Promise<void>
}

/** Sequences decoded together by a thread. */
const batch = 64

/**
 * A PairJudge that runs a judge's checkpoint directory on this machine, one thread per `threads`: it thinks in lines and then names the
 * better response. A response's lines are its steps. Responses with nothing in them to judge lose without being read; a pair that is too
 * long for the context is a 'failed' judgment. Without a directory it is the judge that comes with assay.
 *
 * @throws InputError when the directory holds no usable language model, such as a reward model; on threads below 1, a temperature or budget below 0
 */
export function embeddedJudge(
  directory = shippedModel('judge'),
  { threads = availableParallelism(), temperature = 0.6, thinking = 320 }: EmbeddedJudgeOptions = {},
): EmbeddedJudge {
  checkCounts({ threads })
  checkTemperature(temperature)
  if (!Number.isInteger(thinking) || thinking < 0)
    throw new InputError(`a budget of ${thinking} tokens`, { fix: 'Make it a whole number of at least 0.' })
  const { config, tokenizer, tensors } = readCheckpoint(directory)
  checkWrites(config, directory)
  const parameters = flatten(tensorShapes(config), (name) => tensors.get(name)!.data)
  const open = (maxTokens: number) => createRolloutPool(directory, { threads, temperature, maxTokens, batch })
  const thinkers = thinking > 0 ? open(thinking) : null
  const closers = open(verdictTokens)
  const sampler = (pool: RolloutPool) => (requests: RolloutRequest[]) => pool.sample(0, parameters, requests)
  const force = (thoughts: readonly Thinking[]) => forcedVerdicts(thoughts, tokenizer, sampler(closers))

  const unfit = (shown: readonly number[], more: number) =>
    shown.length + more + verdictTokens < config.contextLength
      ? null
      : unjudged(
          'failed',
          `the pair takes ${shown.length} tokens, too many for a context of ${config.contextLength}`,
        )

  const judge = (comparisons: readonly Comparison[]) =>
    settling(
      comparisons.map((comparison): Judgment | Thinking => {
        const settled = settledWithoutCall(comparison)
        if (settled) return settled
        const shown = encodeComparison(tokenizer, comparison)
        return unfit(shown, thinking) ?? { shown, lines: [], tokens: 0, seed: comparison.seed }
      }),
      async (open) => {
        if (thinkers === null) return force(open)
        const requests = open.map(({ shown, seed }) => ({ prompt: shown, seeds: [seed] }))
        const rollouts = (await sampler(thinkers)(requests)).flat()
        return settling(
          rollouts.map((rollout, i) => thoughtOut(rollout, open[i], tokenizer.specials.step)),
          force,
        )
      },
    )

  const conclude = (considered: readonly Considered[]) =>
    settling(
      considered.map((each): Judgment | Thinking => {
        const shown = encodeComparison(tokenizer, each)
        const lines = encodeLines(tokenizer, each.thinking)
        return unfit(shown, lines.length) ?? { shown, lines, tokens: 0, seed: each.seed }
      }),
      force,
    )

  /** Enough at a time to keep every thread busy. */
  const most = 2 * batch * threads
  const close = async () => {
    await Promise.all([thinkers?.close(), closers.close()])
  }
  return {
    compare: gathered(judge, most),
    conclude: gathered(conclude, most),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** What a judge reads of a comparison, in tokens. */
export function encodeComparison(tokenizer: Tokenizer, { query, responses }: Comparison): number[] {
  const [first, second] = responses.map((text) => text.split('\n').filter((line) => line.trim() !== ''))
  return encodeShown(tokenizer, { problem: query, responses: [first, second] })
}

/** A judgment where the judge came to its end; else its thinking up to the last whole line. */
function thoughtOut(
  { ids, promptLength, steps, ended }: Rollout,
  { shown, seed }: Thinking,
  step: number,
): Judgment | Thinking {
  const tokens = ids.length - promptLength
  if (ended) return judged(steps, tokens)
  return { shown, lines: ids.slice(promptLength, ids.lastIndexOf(step) + 1), tokens, seed }
}

/** Judgments in order: those that are there, and of the thoughts between them what `settle` makes of all together. */
async function settling(
  items: readonly (Judgment | Thinking)[],
  settle: (thoughts: Thinking[]) => Promise<Judgment[]>,
): Promise<Judgment[]> {
  const isOpen = (item: Judgment | Thinking): item is Thinking => 'shown' in item
  const settled = await settle(items.filter(isOpen))
  let next = 0
  return items.map((item) => (isOpen(item) ? settled[next++] : item))
}
