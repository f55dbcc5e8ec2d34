import { InputError } from '../reasoning/errors.ts'
import type { Decoder } from '../transformer/decoder.ts'
import { type Reading, readOut } from '../transformer/read-out.ts'
import type { Tokenizer } from '../transformer/tokenizer.ts'

export interface ToScore {
  problem: string
  steps: string[]
}

export interface ScoringModel {
  /** Head 'score'. */
  decoder: Decoder
  /** Head 'surprisal', of the frozen language model that the reward was trained with, if any. */
  surprisal?: Decoder
  tokenizer: Tokenizer
}

/**
 * Raw read-outs of every step of every solution, in order; hazard = sigmoid. Solutions of one problem share the work on it,
 * and equal ones are scored once.
 * @throws InputError on a solution without steps, or one that does not fit the model's context
 */
export async function scoreSteps(
  { decoder, surprisal, tokenizer }: ScoringModel,
  solutions: readonly ToScore[],
): Promise<number[][]> {
  const groups = new Map<string, Group>()
  const places = solutions.map(({ problem, steps }) => {
    if (steps.length === 0) throw new InputError('a solution without steps has nothing to score')
    const group: Group = groups.get(problem) ?? {
      index: groups.size,
      prompt: tokenizer.encodePrompt(problem),
      readings: [],
      known: new Map(),
    }
    groups.set(problem, group)
    const key = JSON.stringify(steps)
    let reading = group.known.get(key)
    if (reading === undefined) {
      const { ids, stepEnds } = tokenizer.encodeSolution(problem, steps, { ended: false })
      const start = group.prompt.length
      reading = group.readings.push({ ids: ids.slice(start), at: stepEnds.map((end) => end - start) }) - 1
      group.known.set(key, reading)
    }
    return { group: group.index, reading }
  })
  const requests = [...groups.values()]
  if (surprisal !== undefined) await addSurprisal(surprisal, requests)
  const outputs = await readOut(decoder, requests)
  return places.map(({ group, reading }) => Array.from(outputs[group][reading]))
}

/** The distinct solutions of one problem. */
interface Group {
  index: number
  prompt: number[]
  readings: Reading[]
  known: Map<string, number>
}

/** A token's surprisal is read at the one before it: for the first of a solution, at the last of the prompt. */
async function addSurprisal(decoder: Decoder, groups: readonly Group[]): Promise<void> {
  const outputs = await readOut(
    decoder,
    groups.map(({ prompt, readings }) => ({
      prompt: prompt.slice(0, -1),
      readings: readings.map(({ ids }) => ({
        ids: [prompt[prompt.length - 1], ...ids.slice(0, -1)],
        at: [...ids.keys()],
        targets: ids,
      })),
    })),
  )
  for (const [i, { readings }] of groups.entries())
    for (const [j, reading] of readings.entries()) reading.surprisal = outputs[i][j]
}
