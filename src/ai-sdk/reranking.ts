import { InputError } from '../reasoning/errors.ts'
import { type Scorer, scoresBy } from '../reward/score.ts'
import { stepsInText } from '../serve/text/steps-in-text.ts'

export interface RerankingOptions<Version extends string = string> {
  scorer: Scorer
  /** What logs call it. Default 'reward'. */
  modelId?: string
  /** 'v3' by default, which ai 6 and 7 take; 'v4' where a type asks for it. */
  specificationVersion?: Version
}

export interface RerankingCall {
  documents:
    | { type: 'text'; values: readonly string[] }
    | { type: 'object'; values: readonly Record<string, unknown>[] }
  query: string
  topN?: number
  abortSignal?: AbortSignal
}

/** A reranking model of the AI SDK, by shape. */
export interface RewardRerankingModel<Version extends string> {
  readonly specificationVersion: Version
  readonly provider: string
  readonly modelId: string
  doRerank(call: RerankingCall): Promise<{ ranking: { index: number; relevanceScore: number }[] }>
}

/**
 * A reward model as a reranking model: the query is a problem, documents are solutions of it, and a relevance score is P(correct). A
 * document is a text, cut into steps as `/v1/score` cuts responses, or an object with "text" or "steps".
 *
 * @throws (from doRerank) InputError on a document without steps; what the scorer throws; the abort signal's reason
 */
export function rewardRerankingModel<const Version extends string = 'v3'>({
  scorer,
  modelId = 'reward',
  specificationVersion = 'v3' as Version,
}: RerankingOptions<Version>): RewardRerankingModel<NoInfer<Version>> {
  return {
    specificationVersion,
    provider: 'assay',
    modelId,
    async doRerank({ documents, query, topN, abortSignal }) {
      const solutions = documents.values.map((document, i) => ({
        problem: query,
        steps: stepsOf(document, i),
      }))
      const scores = await scoresBy(scorer, solutions, abortSignal)
      return {
        ranking: scores
          .map(({ score, p_correct }, index) => ({ index, score, p_correct }))
          .sort((a, b) => b.score - a.score)
          .slice(0, topN)
          .map(({ index, p_correct }) => ({ index, relevanceScore: p_correct })),
      }
    },
  }
}

function stepsOf(document: string | Record<string, unknown>, index: number): string[] {
  const { text, steps } = typeof document === 'string' ? { text: document } : document
  const isSteps = Array.isArray(steps) && steps.every((step) => typeof step === 'string')
  const found = isSteps ? steps : typeof text === 'string' ? stepsInText(text).map(({ text }) => text) : []
  if (found.length > 0) return found
  throw new InputError(`document ${index} has no steps to score`, {
    fix: 'Give texts, or objects with "text" (a text) or "steps" (a list of texts).',
  })
}
