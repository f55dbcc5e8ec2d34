// For users of the AI SDK: the best of 16 of any of its language models, and a reward model that reranks.
//   npx tsx examples/ai-sdk.ts
import { generateText, rerank, wrapLanguageModel } from 'ai'
import { MockLanguageModelV3 } from 'ai/test'
import { embeddedGenerator, embeddedScorer } from 'assay'
import { type BestOfNMetadata, bestOfNMiddleware, rewardRerankingModel } from 'assay/ai-sdk'

const prompt = 'What is 4 - (1 + (3 - 3))?'
await using policy = embeddedGenerator()
await using scorer = embeddedScorer()

// Stands for a model of yours, openai('gpt-5-mini'): the small one that comes with assay.
const small = new MockLanguageModelV3({
  async doGenerate({ seed = 0, abortSignal: signal }) {
    const [[{ steps, finish, tokens }]] = await policy.generate(
      [{ problem: prompt, seeds: [seed], until: 'end' }],
      { signal },
    )
    return {
      content: [{ type: 'text', text: steps.join('\n') }],
      finishReason: { unified: finish === 'end' ? 'stop' : 'length', raw: finish },
      usage: {
        inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
        outputTokens: { total: tokens, text: tokens, reasoning: undefined },
      },
      warnings: [],
    }
  },
})

const model = wrapLanguageModel({ model: small, middleware: bestOfNMiddleware({ n: 16, scorer }) })
const { text, providerMetadata, usage } = await generateText({ model, prompt })
const chosen = providerMetadata?.assay as unknown as BestOfNMetadata | undefined
console.log(text)
console.log(
  `P(correct) ${chosen?.p_correct?.toFixed(2)}, best of ${chosen?.scored}; ${usage.outputTokens} tokens\n`,
)

const documents = ['4 - 1 = 3\nAnswer: 3', '4 - 1 = 2\nAnswer: 2', text]
const { ranking } = await rerank({ model: rewardRerankingModel({ scorer }), query: prompt, documents })
for (const { originalIndex, score } of ranking) console.log(`document ${originalIndex}: ${score.toFixed(2)}`)
