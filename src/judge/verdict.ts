import type { ChatReply, NonVerdict } from '../reasoning/types.ts'
import { arena } from './dialects/arena.ts'
import { boxed } from './dialects/boxed.ts'
import type { Dialect } from './dialects/dialect.ts'
import { letters } from './dialects/letters.ts'
import { output } from './dialects/output.ts'
import { scores } from './dialects/scores.ts'

export const dialects = { boxed, letters, arena, output, scores } satisfies Record<string, Dialect>

export type DialectName = keyof typeof dialects

/** What a reply decides: a place, or why there is none. */
export type Decision =
  | { winner: 0 | 1; nonVerdict: null }
  | { winner: null; nonVerdict: Exclude<NonVerdict, 'failed'>; error: string; tie?: true }

/**
 * Reads a reply's verdict. Only text after the last `</think>` can hold it, and it must name exactly one place, as often as it likes.
 *
 * - cut by length, whatever it says: 'truncated'
 * - a declared tie, or a refusal without a verdict: 'refused'
 * - no verdict, one that names no place, several that differ, or one that differs between an earlier `</think>` and the last one: 'unparseable'
 */
export function readVerdict(
  { text, finish }: Pick<ChatReply, 'text' | 'finish'>,
  dialect: Dialect,
): Decision {
  if (finish === 'length') return none('truncated', 'the reply was cut short')
  const [, ...after] = text.split(/<\/think>/i)
  const said = after.at(-1) ?? text
  if (/<think>/i.test(said)) return none('unparseable', 'the reply ends in its thinking')
  const named = new Set(dialect.read(said))
  if (named.size === 0)
    return refusal.test(said)
      ? none('refused', 'the judge declined to judge')
      : none('unparseable', 'the reply names no verdict')
  const earlier = after.slice(0, -1).flatMap((part) => dialect.read(part))
  const [winner, ...others] = new Set([...named, ...earlier])
  if (others.length > 0) return none('unparseable', 'the reply names verdicts that differ')
  if (winner === null) return none('unparseable', 'the verdict names none of the two')
  if (winner === 'tie') return { ...none('refused', 'the judge called it a tie'), tie: true }
  return { winner, nonVerdict: null }
}

const refusal =
  /^\W*(?:(?:I['’]?m|I am) (?:(?:very |so )?sorry|unable|not able)|sorry\b|(?:I|we) (?:can['’]?t|cannot|can not|won['’]?t|will not|must decline|refuse|decline)\b|as an ai\b)/i

function none(nonVerdict: Exclude<NonVerdict, 'failed'>, error: string) {
  return { winner: null, nonVerdict, error } as const
}
