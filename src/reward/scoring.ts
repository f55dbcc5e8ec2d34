import type { Decoder } from '../transformer/decoder.ts'
import { appendTree, type Piece, type TokenStates, type TreeRun } from '../transformer/tree-attention.ts'

export interface ToScore {
  problem: string
  steps: string[]
}

/** A decoder, and where the keys and values of its tokens are kept. */
export interface Keeping {
  decoder: Decoder
  states: TokenStates
}

/** Two ways to read a reward: {@link RewardKind.readOut}. */
export type ScoringModel =
  /** Head 'score'; `surprisal`, if any, is the language model whose surprisal it reads: head 'surprisal'. */
  | { readOut: 'head'; reward: Keeping; beside?: Keeping }
  /** Both have the head 'surprisal'. */
  | { readOut: 'log-ratio'; reward: Keeping; beside: Keeping }

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
