import { unlessAborted } from '../reasoning/abort.ts'
import { checkCounts } from '../reasoning/counts.ts'
import { InputError } from '../reasoning/errors.ts'
import { seedOf } from '../reasoning/random.ts'
import { type Scorer, scoresBy } from '../reward/score.ts'
import type { RewardScores } from '../reward/scores.ts'
import { best } from '../search/choosing.ts'
import { stepsInText } from '../serve/text/steps-in-text.ts'
import type { Call, CallOptions, Generated, StreamCall, Streamed } from './shapes.ts'
import { streamOf } from './stream.ts'
import { sumOfUsage } from './usage.ts'

export interface BestOfNMiddlewareOptions<Version extends string = string> {
  scorer: Scorer
  /** Samples of each call. Default 16. */
  n?: number
  /** 'v3' by default, which ai 5, 6 and 7 take; 'v4' where a type asks for it. */
  specificationVersion?: Version
}

/** Where the answer says how it was chosen: `providerMetadata.assay`. */
export interface BestOfNMetadata {
  /** Samples asked for, those whose call failed, and those that have a score. */
  samples: number
  failed: number
  scored: number
  /** Of the chosen one; null where none has a score. */
  score: number | null
  p_correct: number | null
  first_error?: number | null
  hazards?: number[]
}

/** A middleware of the AI SDK's `wrapLanguageModel`, by shape. */
export interface BestOfNMiddleware<Version extends string> {
  readonly specificationVersion: Version
  wrapGenerate<Params extends CallOptions, Result extends Generated>(
    call: Call<Params, Result>,
  ): Promise<Result>
  wrapStream<Params extends CallOptions, Result extends Generated, Stream extends Streamed>(
    call: StreamCall<Params, Result, Stream>,
  ): Promise<Stream>
}

/**
 * Best of n on any language model of the AI SDK: each call becomes n, all at once, with seeds of their own (seedOf('ai-sdk', the call's
 * seed or 1, i), 31 bits), and the one that the scorer ranks highest is the answer. `usage` is that of all of them.
 *
 * The problem is the text of the last user message, the solution the text of an answer, cut into steps as `/v1/score` cuts responses;
 * reasoning that comes apart is not read. An answer that was cut short, filtered or empty is not scored, and not chosen while another
 * one is. Calls that fail are left out while one succeeds. A stream is that of the chosen answer, once it is known.
 *
 * Calls with tools are passed on as they are, once: a step on the way to an answer is no solution. So are those whose last user message
 * has more than text in it, which the scorer would not see.
 *
 * @throws (from a call) what the model throws where every sample failed; what the scorer throws; the abort signal's reason
 */
export function bestOfNMiddleware<const Version extends string = 'v3'>({
  scorer,
  n = 16,
  specificationVersion = 'v3' as Version,
}: BestOfNMiddlewareOptions<Version>): BestOfNMiddleware<NoInfer<Version>> {
  checkCounts({ n })

  async function chosen<Result extends Generated, Params extends CallOptions>(
    problem: string,
    { params, model }: Call<Params, Result>,
  ): Promise<Result> {
    const { seed = 1, abortSignal: signal } = params
    signal?.throwIfAborted()
    const calls = Array.from({ length: n }, async (_, i) =>
      model.doGenerate({ ...params, seed: seedOf('ai-sdk', seed, i) >>> 1 }),
    )
    const settled = await unlessAborted(Promise.allSettled(calls), signal)
    const samples = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    const [fault] = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    if (samples.length === 0) throw fault
    const candidates = samples.flatMap((sample) => {
      const steps = isWhole(sample) ? stepsInText(textOf(sample.content)).map(({ text }) => text) : []
      return steps.length > 0 ? [{ sample, solution: { problem, steps } }] : []
    })
    const solutions = candidates.map(({ solution }) => solution)
    const scores = solutions.length === 0 ? [] : await scoresBy(scorer, solutions, signal)
    const top = best(candidates.map(({ sample }, i) => ({ sample, answer: null, ...scores[i] })))
    const answer = top?.sample ?? samples[0]
    const counts = { samples: n, failed: n - samples.length, scored: scores.length }
    return {
      ...answer,
      usage: sumOfUsage(samples.map(({ usage }) => usage)),
      providerMetadata: { ...answer.providerMetadata, assay: { ...counts, ...saidOf(top) } },
    }
  }

  return {
    specificationVersion,
    async wrapGenerate(call) {
      const problem = problemOf(call.params)
      return problem === null ? call.doGenerate() : chosen(problem, call)
    },
    async wrapStream<Params extends CallOptions, Result extends Generated, Stream extends Streamed>(
      call: StreamCall<Params, Result, Stream>,
    ) {
      const problem = problemOf(call.params)
      return problem === null
        ? call.doStream()
        : (streamOf(await chosen(problem, call)) as Streamed as Stream)
    },
  }
}

/** null: the call is for no solution of a problem in words. */
function problemOf({ prompt, tools = [], toolChoice }: CallOptions): string | null {
  if (tools.length > 0 && toolChoice?.type !== 'none') return null
  const asked = prompt.findLast(({ role }) => role === 'user')
  const parts = Array.isArray(asked?.content) ? asked.content : []
  const text = textOf(parts)
  if (parts.some(({ type }) => type !== 'text')) return null
  if (text.trim() === '')
    throw new InputError('the prompt has no text of a user: there is no problem to solve')
  return text
}

function textOf(parts: Generated['content']): string {
  return parts.flatMap(({ type, text }) => (type === 'text' && text !== undefined ? [text] : [])).join('')
}

function isWhole({ finishReason, content }: Generated): boolean {
  const reason = typeof finishReason === 'string' ? finishReason : finishReason.unified
  // servers that say no reason have no more to say
  return ['stop', 'other', 'unknown'].includes(reason) && content.every(({ type }) => type !== 'tool-call')
}

function saidOf(scores: RewardScores | null): Partial<BestOfNMetadata> {
  if (scores === null) return { score: null, p_correct: null }
  const { score, p_correct, first_error, hazards } = scores
  return {
    score,
    p_correct,
    ...(first_error !== undefined && { first_error }),
    ...(hazards && { hazards }),
  }
}
