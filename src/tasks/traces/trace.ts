import { InputError } from '../../reasoning/errors.ts'
import { type Random, random } from '../../reasoning/random.ts'
import { splitOf } from '../task.ts'

export const traceSplits = ['train', 'validation', 'test'] as const
export type TraceSplit = (typeof traceSplits)[number]

/**
 * A chain of thought as a language model writes it, with what is wrong with it. `first_error` is the first step with a
 * false statement in it, whether or not the answer comes out right in the end; `correct` says that there is none.
 */
export interface Trace {
  id: string
  problem: string
  steps: string[]
  correct: boolean
  first_error: number | null
  /** What went wrong first; 'none' exactly when nothing did. */
  kind: string
}

/** An endless supply of traces. */
export interface TraceSource {
  readonly name: string
  /** Every kind that occurs, 'none' included. */
  readonly kinds: readonly string[]
  /** The same trace for the same arguments, on every machine. No problem is in two splits. */
  trace(split: TraceSplit, index: number): Trace
}

/** What a source has to say for itself; {@link defineTraces} does the rest. */
export interface TraceRules<World> {
  name: string
  kinds: readonly string[]
  /** A problem, with what its solution will need. */
  draw(random: Random): World
  /** What makes two problems the same one for the splits. */
  key(world: World): string
  write(world: World, random: Random): Pick<Trace, 'problem' | 'steps' | 'first_error' | 'kind'>
}

export function defineTraces<World>({ name, kinds, draw, key, write }: TraceRules<World>): TraceSource {
  return {
    name,
    kinds,
    trace(split, index) {
      if (!Number.isSafeInteger(index) || index < 0)
        throw new InputError(`a trace's index is a whole number from 0, not ${index}`, { where: name })
      const id = `${name}/${split}/${index}`
      const stream = random('trace', id)
      let world = draw(stream)
      while (splitOf(`${name}|${key(world)}`) !== split) world = draw(stream)
      const { problem, steps, first_error, kind } = write(world, stream)
      return { id, problem, steps, correct: first_error === null, first_error, kind }
    },
  }
}

export function chance(probability: number, random: Random): boolean {
  return random.next() < probability
}
