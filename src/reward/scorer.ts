import { availableParallelism } from 'node:os'
import { checkCounts } from '../reasoning/counts.ts'
import { InputError } from '../reasoning/errors.ts'
import { createPool } from '../tensor/pool.ts'
import { tensorShapes } from '../transformer/checkpoint.ts'
import { isLarge } from '../transformer/model.ts'
import { shippedModel } from '../transformer/shipped.ts'
import type { Tokenizer } from '../transformer/tokenizer.ts'
import type { TreeRun } from '../transformer/tree-attention.ts'
import { type RewardHeader, readRewardHeader } from './checkpoint.ts'
import type { Tree } from './prefix-cache.ts'
import type { RewardModel, ScoringSession } from './reward-model.ts'
import { createScoreQueue, type ScoringUsage } from './score-queue.ts'
import { rewardScores } from './scores.ts'
import { strideOf, type ToScore, type WorkerData } from './scoring.ts'
import { hazards } from './survival.ts'

export interface EmbeddedScorer extends RewardModel, AsyncDisposable {
  /** Its context is what there is room for, where that is less than the model's. */
  checkpoint: RewardHeader
  /** Of all sessions, since the scorer was made. */
  usage(): ScoringUsage
}

/** Bytes of keys and values of one text, at most: there is room for a longest text of small models, and of large ones for this. */
const longestText = 2 ** 30

/**
 * A StepScorer that runs a reward checkpoint directory on this machine, one thread per `threads`: each has the model for
 * itself, or, where it is large, all of them run it together. The keys and values of what it has scored take up to
 * `cacheBytes`, all threads together (but there is always room for one text); then what was not used for longest is dropped.
 * Without a directory it is the CRM that comes with assay; without `threads`, one a core.
 * @throws InputError when the directory holds no usable reward checkpoint; on threads below 1 or `cacheBytes` below 0
 */
export function embeddedScorer(
  directory = shippedModel('crm'),
  {
    threads = availableParallelism(),
    cacheBytes = 256 * 2 ** 20,
  }: { threads?: number; cacheBytes?: number } = {},
): EmbeddedScorer {
  checkCounts({ threads })
  if (!(cacheBytes >= 0))
    throw new InputError(`cacheBytes is ${cacheBytes}`, { fix: 'Make it bytes, at least 0.' })
  const header = readRewardHeader(directory)
  const { config, tokenizer, kind, beside } = header
  const stride = strideOf(header)
  const contextLength = Math.min(
    config.contextLength,
    // the language model beside it is not shown the last token
    beside ? beside.config.contextLength + 1 : Infinity,
    Math.floor(longestText / (4 * stride)),
  )
  const checkpoint = { ...header, config: { ...config, contextLength } }
  const slots = Math.max(contextLength, Math.floor(cacheBytes / (4 * stride)))
  const data = new Float32Array(new SharedArrayBuffer(4 * stride * slots))
  const models = [header, ...(beside ? [beside] : [])]
  const large = isLarge(models.flatMap((model) => [...tensorShapes(model.config).values()]))
  const shared: WorkerData = { directory, states: { data, stride }, threads: large ? threads : 1 }
  const worker = new URL('./score-worker.ts', import.meta.url)
  const pool = createPool<TreeRun, number[]>(worker, shared, large ? 1 : threads)
  const queue = createScoreQueue({
    run: pool.run,
    encode: {
      problem: (text) => tokenizer.encodePrompt(text),
      step: (text) => tokenizer.encodeStep(text),
    },
    contextLength,
    slots,
    ahead: 4 * threads,
  })
  const session = (): ScoringSession => {
    const tree: Tree = new Map()
    const logits: ScoringSession['logits'] = async (solutions, { signal } = {}) => {
      const read = await queue.readOuts(solutions, tree, signal)
      return kind.readOut === 'head' ? read : read.map(runningSum)
    }
    return {
      logits,
      scores: async (solutions, options) =>
        (await logits(solutions, options)).map((readOuts) => rewardScores(kind, readOuts)),
      async score(solutions, options) {
        if (!kind.hazard)
          throw new InputError(`a ${kind.name} has no hazards`, {
            where: directory,
            fix: 'Use a crm or masked-prm here.',
          })
        return (await logits(solutions, options)).map(hazards)
      },
    }
  }
  const around = tokenizer.encodePrompt('').length
  const mostTokens = mostTokensOf(tokenizer)
  const fits = ({ problem, steps }: ToScore) => {
    // a short text needs no encoding
    const most = steps.reduce((sum, step) => sum + mostTokens(step) + 1, mostTokens(problem) + around)
    if (most <= contextLength) return true
    return tokenizer.encodeSolution(problem, steps, { ended: false }).ids.length <= contextLength
  }
  return {
    ...session(),
    kind,
    session,
    checkpoint,
    fits,
    usage: queue.usage,
    close: pool.close,
    [Symbol.asyncDispose]: pool.close,
  }
}

/**
 * How many tokens a text is at most: as many as bytes, once it is normalised (NFC can triple them). Infinity where the
 * tokenizer normalises in a way of its own.
 */
function mostTokensOf({ json: { normalizer } }: Tokenizer): (text: string) => number {
  if (normalizer == null) return (text) => Buffer.byteLength(text)
  if ((normalizer as { type?: unknown }).type !== 'NFC') return () => Infinity
  return (text) => Buffer.byteLength(text.normalize('NFC'))
}

export function runningSum(values: readonly number[]): number[] {
  let sum = 0
  return values.map((value) => (sum += value))
}
