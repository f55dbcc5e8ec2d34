import type { StepScorer } from '../reasoning/types.ts'
import { createPool } from '../tensor/pool.ts'
import type { TreeRun } from '../transformer/tree-attention.ts'
import { type RewardCheckpoint, readReward } from './checkpoint.ts'
import { createScoreQueue, type ScoringUsage } from './score-queue.ts'
import { strideOf, type ToScore, type WorkerData } from './scoring.ts'
import { hazards } from './survival.ts'

export interface EmbeddedScorer extends StepScorer {
  checkpoint: RewardCheckpoint
  /** Raw read-outs u of every step; hazard = sigmoid(u). */
  logits(solutions: readonly ToScore[]): Promise<number[][]>
  /** Since it was made. */
  usage(): ScoringUsage
  close(): Promise<void>
}

export interface ScorerOptions {
  threads: number
  /** Memory for keys and values, all threads together; at least one text always has room. Default 256 MiB. */
  cacheBytes?: number
  /**
   * Whether a call builds on the prefixes that earlier ones scored (default), or on its own alone. Then the read-outs of a
   * problem's solutions depend, to the last bit, on what else the call has of that problem, and on nothing else.
   */
  reuse?: boolean
}

/**
 * A StepScorer that runs a reward checkpoint directory on this machine, one thread per `threads`. It keeps what it has
 * computed: a problem, and any sequence of steps after it, is run once, by whichever thread is free, until it was not used
 * for longest and its memory is needed. Read-outs do not depend on that but for rounding (1e-6).
 * @throws InputError when the directory holds no usable reward checkpoint
 */
export function embeddedScorer(
  directory: string,
  { threads, cacheBytes = 256 * 2 ** 20, reuse = true }: ScorerOptions,
): EmbeddedScorer {
  const checkpoint = readReward(directory)
  const { config, tokenizer, kind, beside } = checkpoint
  // the language model beside it is not shown the last token
  const contextLength = Math.min(config.contextLength, beside ? beside.config.contextLength + 1 : Infinity)
  const stride = strideOf(checkpoint)
  const slots = Math.max(contextLength, Math.floor(cacheBytes / (4 * stride)))
  const data = new Float32Array(new SharedArrayBuffer(4 * stride * slots))
  const shared: WorkerData = { directory, states: { data, stride } }
  const pool = createPool<TreeRun, number[]>(new URL('./score-worker.ts', import.meta.url), shared, threads)
  const { step: close } = tokenizer.specials
  const queue = createScoreQueue({
    run: pool.run,
    encode: {
      problem: (text) => tokenizer.encodePrompt(text),
      step: (text) => [...tokenizer.encodeText(text), close],
    },
    contextLength,
    slots,
    ahead: 4 * threads,
    reuse,
  })
  const logits = async (solutions: readonly ToScore[]): Promise<number[][]> => {
    const read = await queue.readOuts(solutions)
    return kind.readOut === 'head' ? read : read.map(runningSum)
  }
  return {
    checkpoint,
    logits,
    score: async (solutions) => (await logits(solutions)).map(hazards),
    usage: queue.usage,
    close: () => pool.close(),
  }
}

export function runningSum(values: readonly number[]): number[] {
  let sum = 0
  return values.map((value) => (sum += value))
}
