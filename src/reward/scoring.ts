import { InputError } from '../reasoning/errors.ts'
import type { Decoder } from '../transformer/decoder.ts'
import { type Reading, readOut } from '../transformer/read-out.ts'
import type { Tokenizer } from '../transformer/tokenizer.ts'

export interface ToScore {
  problem: string
  steps: string[]
}

/**
 * Raw read-outs of every step of every solution, in order; hazard = sigmoid. Solutions of one problem share the work on it,
 * and equal ones are scored once.
 * @throws InputError on a solution without steps, or one that does not fit the model's context
 */
export async function scoreSteps(
  decoder: Decoder,
  tokenizer: Tokenizer,
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
  const outputs = await readOut(decoder, [...groups.values()])
  return places.map(({ group, reading }) => Array.from(outputs[group][reading]))
}

/** The distinct solutions of one problem. */
interface Group {
  index: number
  prompt: number[]
  readings: Reading[]
  known: Map<string, number>
}
