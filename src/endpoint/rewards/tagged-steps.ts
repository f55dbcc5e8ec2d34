import { pooling } from './pooling.ts'
import type { Dialect, Says, Scale, ToRead } from './types.ts'

/** A text with a tag after each step, where the model says what it thinks of the step. */
export interface TaggedSteps {
  /** Text before the steps; `{problem}` is where the problem goes. */
  before: string
  /** After each step. */
  tag: string
  /** Between a tag and the next step. */
  between?: string
  /** After the last tag. */
  after?: string
  /** Numbers that the server gives of a step, and which of them counts (from 0). */
  columns: number
  column: number
  scale?: Scale
  /** The text spells every special token, so that the server's tokenizer is to add none. */
  whole?: boolean
}

/** A model behind vLLM's /pooling that reads {@link TaggedSteps}. */
export function taggedSteps(
  settings: TaggedSteps,
  about: Pick<Dialect, 'id' | 'serve'> & { says: Says },
): Dialect {
  const { before, tag, between = '', after = '', columns, column, scale = 'probability', whole } = settings
  const raw = scale === 'log-odds'
  const wire = (activation?: boolean) =>
    pooling({ columns, column, activation, ...(whole && { special: false }) })
  return {
    ...about,
    scale,
    ...(raw ? { wire: wire(false), activated: wire(true) } : { wire: wire() }),
    tag,
    prompts({ problem, steps }: ToRead) {
      const query = before.split('{problem}').join(problem)
      const item = steps.map((step) => step + tag).join(between) + after
      return [{ query, item, numbers: steps.length }]
    },
  }
}
