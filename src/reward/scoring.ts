import type { Checkpoint } from '../transformer/checkpoint.ts'
import { createDecoder, type Decoder, type Head } from '../transformer/decoder.ts'
import {
  appendTree,
  type Piece,
  stateSize,
  type TokenStates,
  type TreeRun,
} from '../transformer/tree-attention.ts'
import type { RewardCheckpoint, RewardHeader } from './checkpoint.ts'

export interface ToScore {
  problem: string
  steps: readonly string[]
}

/** What a scoring thread starts with. */
export interface WorkerData {
  directory: string
  states: SharedStates
  /** Of one run of the model. */
  threads: number
}

/** Keys and values of all models of a reward: those of slot s are the `stride` numbers from s * stride on. */
export type SharedStates = Omit<TokenStates, 'offset'>

/** Numbers that are kept of each token. */
export function strideOf({ config, beside }: RewardHeader): number {
  return stateSize(config) + (beside ? stateSize(beside.config) : 0)
}

/** A decoder, and where the keys and values of its tokens are kept. */
interface Keeping {
  decoder: Decoder
  states: TokenStates
}

/** What {@link RewardKind.readOut} tells apart: heads 'score' and perhaps 'surprisal', or 'surprisal' twice. */
export type ScoringModel =
  | { readOut: 'head'; reward: Keeping; beside?: Keeping }
  | { readOut: 'log-ratio'; reward: Keeping; beside: Keeping }

export async function scoringModel(
  { kind: { readOut }, beside, ...reward }: RewardCheckpoint,
  states: SharedStates,
  threads = 1,
): Promise<ScoringModel> {
  const keeping = async ({ config, tensors }: Checkpoint, head: Head, offset: number): Promise<Keeping> => ({
    decoder: await createDecoder(config, tensors, { threads, head }),
    states: { ...states, offset },
  })
  return {
    readOut,
    reward: await keeping(reward, readOut === 'head' ? 'score' : 'surprisal', 0),
    beside: beside && (await keeping(beside, 'surprisal', stateSize(reward.config))),
  } as ScoringModel
}

/**
 * Runs new steps of one problem's solutions; the first piece is the problem. Returns one number for each new piece: of a
 * 'head', its output at the end of the step; of a 'log-ratio', what the step adds to it. That of the problem means nothing.
 */
export async function scoreTree({ readOut, reward, beside }: ScoringModel, run: TreeRun): Promise<number[]> {
  const fresh = run.pieces.slice(run.known)
  if (readOut === 'log-ratio') {
    const learned = await surprisals(reward, run)
    const known = await surprisals(beside, run)
    let at = 0
    return fresh.map(({ ids }) => ids.reduce((sum) => sum + known[at] - learned[at++], 0))
  }
  let end = -1
  const read = fresh.map(({ ids }) => (end += ids.length))
  const surprisal = beside && (await surprisals(beside, run))
  return Array.from(await appendTree(reward.decoder, reward.states, run, { read, surprisal }))
}

/**
 * Surprisal of the new tokens [time], in nats; 0 for those of the problem. A token's is read at the one before it, so the
 * language model runs one token behind: a step begins with the last token before it and ends with its last but one, and
 * each token's keys and values are kept in the slot of the next.
 */
async function surprisals({ decoder, states }: Keeping, { pieces, known }: TreeRun): Promise<Float32Array> {
  const behind = pieces.map(({ after, ids, slots }): Piece => {
    if (after === null) return { after, ids: ids.slice(0, -1), slots: slots.slice(1) }
    return { after, ids: [pieces[after].ids.at(-1) as number, ...ids.slice(0, -1)], slots }
  })
  const problem = known === 0 ? pieces[0].ids.length : 0
  const targets = pieces.slice(Math.max(1, known)).flatMap(({ ids }) => ids)
  const read = targets.map((_, i) => (known === 0 ? problem - 1 : 0) + i)
  const output = await appendTree(decoder, states, { pieces: behind, known }, { read, targets })
  const result = new Float32Array(problem + targets.length)
  result.set(output, problem)
  return result
}
