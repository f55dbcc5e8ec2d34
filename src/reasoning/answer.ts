/**
 * The final answer a solution states, read from its last step: `Answer: 12`, `\boxed{12}` or "the answer is 12".
 * null when there is none. Compare answers with {@link sameAnswer}.
 */
export function answerOf(steps: readonly string[]): string | null {
  const last = steps.at(-1)
  if (last === undefined) return null
  const found = /\\boxed\{([^{}]*)\}/.exec(last) ?? /\banswer(?:\s+is)?\s*:?\s+(.+?)\s*$/is.exec(last)
  const answer = found?.[1] === undefined ? '' : normalise(found[1])
  return answer === '' ? null : answer
}

/** Two answers that mean the same: case, spaces, a closing full stop and a number's spelling (007, +7, 7.0) aside. */
export function sameAnswer(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && normalise(a) === normalise(b)
}

export function normalise(answer: string): string {
  const plain = answer.trim().replace(/\s+/g, ' ').replace(/\.$/, '').toLowerCase()
  return /^[+-]?\d+(\.\d+)?$/.test(plain) ? String(Number(plain)) : plain
}
