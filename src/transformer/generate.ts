import { checkCounts } from '../reasoning/counts.ts'
import { InputError } from '../reasoning/errors.ts'
import type { Continuation, GenerateRequest } from '../reasoning/types.ts'
import type { Decoder } from './decoder.ts'
import { sample } from './sampler.ts'
import type { Tokenizer } from './tokenizer.ts'

export interface GenerateOptions {
  /** 0 is greedy. */
  temperature: number
  topP: number
  /** Longest continuation, in tokens. */
  maxTokens: number
  /** Sequences decoded together. */
  batch: number
}

export const generateDefaults: GenerateOptions = { temperature: 0.8, topP: 1, maxTokens: 384, batch: 128 }

/** @throws InputError on options by which nothing can be generated */
export function checkGenerating({ temperature, topP, maxTokens, batch }: GenerateOptions): void {
  checkCounts({ maxTokens, batch })
  checkTemperature(temperature)
  if (!(topP > 0 && topP <= 1))
    throw new InputError(`topP is ${topP}`, { fix: 'Make it more than 0, and 1 at most.' })
}

export function checkTemperature(temperature: number): void {
  if (!(temperature >= 0 && temperature < Infinity))
    throw new InputError(`temperature is ${temperature}`, { fix: 'Make it at least 0; 0 is greedy.' })
}

/** Continues every request with the model; one inner list per request, one continuation per seed. */
export async function generate(
  decoder: Decoder,
  tokenizer: Tokenizer,
  requests: readonly GenerateRequest[],
  options: GenerateOptions,
  signal?: AbortSignal,
): Promise<Continuation[][]> {
  const { end, step } = tokenizer.specials
  const results: Continuation[][] = requests.map(() => [])
  for (const until of ['end', 'step'] as const) {
    const wanted = requests.flatMap((request, index) => {
      if (request.until !== until) return []
      const prompt = tokenizer.encodePrompt(request.problem, request.prefix)
      if (prompt.length >= decoder.config.contextLength)
        throw new InputError(
          `the problem and its steps are ${prompt.length} tokens; the model's context is ${decoder.config.contextLength}`,
          {
            where: `"${request.problem.slice(0, 60)}…"`,
            fix: 'Shorten the problem, or use a model with a longer context.',
          },
        )
      return request.seeds.map((seed) => ({ prompt, seed, index }))
    })
    const stops = until === 'step' ? [step, end] : [end]
    const samples = await sample(decoder, wanted, { ...options, stops, signal })
    for (const [i, { tokens, stopped }] of samples.entries()) {
      const { steps, ended } = tokenizer.splitSteps(tokens)
      results[wanted[i].index].push({
        // A step of no text says nothing: it is left out.
        steps: steps.filter((text) => text.trim() !== ''),
        finish: ended ? 'end' : stopped ? 'step' : 'length',
        tokens: tokens.length,
        seed: wanted[i].seed,
      })
    }
  }
  return results
}
