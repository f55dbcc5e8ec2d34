import { generativeScoring } from './generative-scoring.ts'
import type { Dialect, ToRead } from './types.ts'

/** An ordinary token of the vocabulary (12902), so a Russian word may hold it, too. */
const tag = ' ки'

/** Token ids of + and -. */
const goodAndBad = [648, 387] as const

/**
 * math-shepherd-mistral-7b-prm (arXiv 2312.08935), as its model card asks it: `Step 1: … ки` a line; after each ки the softmax of + and -
 * as the next token. That is asked of the language model, with a text a step: vLLM's documentation serves it by /pooling with
 * returned_token_ids, which since 0.7 takes them for places in the hidden state, not for tokens (vllm-project/vllm#16545).
 */
export function mathShepherd(
  { labels = goodAndBad, context }: { labels?: Dialect['labels']; context?: number },
  about: Pick<Dialect, 'id' | 'serve'>,
): Dialect {
  return {
    ...about,
    says: 'good',
    scale: 'probability',
    wire: generativeScoring,
    labels,
    context,
    tag,
    prompts: ({ problem, steps }: ToRead) =>
      steps.map((_, last) => {
        const lines = steps.slice(0, last + 1).map((step, t) => numbered(step, t) + tag)
        // all of it an item: a SentencePiece tokenizer would put a space where two texts meet
        return { query: '', item: `${problem} ${lines.join('\n')}`, numbers: 1 }
      }),
  }
}

/** Steps are numbered in what the model has learned from. */
function numbered(step: string, index: number): string {
  return /^Step \d+\s*:/.test(step) ? step : `Step ${index + 1}: ${step}`
}
