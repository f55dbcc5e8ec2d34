import type { Decoder } from '../transformer/decoder.ts'
import { readOut } from '../transformer/read-out.ts'
import type { Tokenizer } from '../transformer/tokenizer.ts'
import type { ToScore } from './scoring.ts'

/**
 * Log pi / pi_ref, in nats, of each solution's steps up to and including each one; both decoders have the head 'surprisal'.
 * @throws InputError on a solution that does not fit the model's context
 */
export async function scoreLogRatios(
  { decoder, reference, tokenizer }: { decoder: Decoder; reference: Decoder; tokenizer: Tokenizer },
  solutions: readonly ToScore[],
): Promise<number[][]> {
  const encoded = solutions.map(({ problem, steps }) => {
    const prompt = tokenizer.encodePrompt(problem)
    const { ids, stepEnds } = tokenizer.encodeSolution(problem, steps, { ended: false })
    return { prompt, ids: ids.slice(prompt.length), stepEnds: stepEnds.map((end) => end - prompt.length) }
  })
  // a token's surprisal is read at the one before it
  const requests = encoded.map(({ prompt, ids }) => ({
    prompt: prompt.slice(0, -1),
    readings: [{ ids: [prompt[prompt.length - 1], ...ids.slice(0, -1)], at: [...ids.keys()], targets: ids }],
  }))
  const [learned, known] = [await readOut(decoder, requests), await readOut(reference, requests)]
  return encoded.map(({ stepEnds }, i) => {
    let total = 0
    const running = Array.from(known[i][0], (surprisal, at) => {
      total += surprisal - learned[i][0][at]
      return total
    })
    return stepEnds.map((end) => running[end])
  })
}
