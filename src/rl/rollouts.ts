import { answerOf } from '../reasoning/answer.ts'
import { InputError } from '../reasoning/errors.ts'
import type { Decoder } from '../transformer/decoder.ts'
import { sample } from '../transformer/sampler.ts'
import type { Tokenizer } from '../transformer/tokenizer.ts'

/** What the policy said after a prompt. */
export interface Rollout {
  /** Prompt and generated tokens. */
  ids: number[]
  /** Tokens of the prompt. */
  promptLength: number
  /** Of each generated token when it was drawn, at the temperature that it was drawn at, in nats. */
  logProbabilities: number[]
  /** Steps with a text; a step of no text says nothing and is left out. */
  steps: string[]
  /** Index in `ids` of the last token of each step: what closes it or, where nothing does, the last of all. */
  stepEnds: number[]
  /** The policy ended it itself; false: it ran out of tokens. */
  ended: boolean
  /** Null when it did not end, or named none. */
  answer: string | null
}

export interface RolloutRequest {
  /** Token ids. */
  prompt: readonly number[]
  /** One rollout each. A rollout depends on the policy, the prompt and its own seed alone. */
  seeds: readonly number[]
}

export interface RolloutOptions {
  temperature: number
  /** Longest attempt, in tokens. */
  maxTokens: number
  /** Sequences decoded together. */
  batch: number
}

/** Rollouts of every request, one inner list each. */
export async function rollOut(
  decoder: Decoder,
  tokenizer: Tokenizer,
  requests: readonly RolloutRequest[],
  options: RolloutOptions,
): Promise<Rollout[][]> {
  const { contextLength } = decoder.config
  const wanted = requests.flatMap(({ prompt, seeds }, index) => {
    if (prompt.length >= contextLength)
      throw new InputError(
        `the problem is ${prompt.length} tokens; the policy's context is ${contextLength}`,
        {
          where: `"${tokenizer.decode(prompt).slice(0, 60)}…"`,
          fix: 'Leave the problem out, or take a policy with a longer context.',
        },
      )
    return seeds.map((seed) => ({ prompt, seed, index }))
  })
  const stops = [tokenizer.specials.end]
  const samples = await sample(decoder, wanted, { ...options, topP: 1, stops, logProbabilities: true })
  const results: Rollout[][] = requests.map(() => [])
  for (const [i, { tokens, logProbabilities = [] }] of samples.entries()) {
    const { prompt, index } = wanted[i]
    results[index].push({ ...rolloutOf(tokenizer, prompt, tokens), logProbabilities })
  }
  return results
}

/** Reads what was generated after a prompt. */
export function rolloutOf(
  tokenizer: Tokenizer,
  prompt: readonly number[],
  tokens: readonly number[],
): Omit<Rollout, 'logProbabilities'> {
  const { steps: texts, ended } = tokenizer.splitSteps(tokens)
  const closes = tokens.flatMap((token, i) => (token === tokenizer.specials.step ? [i] : []))
  const last = prompt.length + tokens.length - 1
  // a last step that was cut short has no closing token
  const said = texts
    .map((text, t) => ({ text, end: t < closes.length ? prompt.length + closes[t] : last }))
    .filter(({ text }) => text.trim() !== '')
  const steps = said.map(({ text }) => text)
  const stepEnds = said.map(({ end }) => end)
  return {
    ids: [...prompt, ...tokens],
    promptLength: prompt.length,
    steps,
    stepEnds,
    ended,
    answer: ended ? answerOf(steps) : null,
  }
}
