import { evaluate, parseExpression } from '../expression.ts'

/** What a first mistake in a multistep calculation looks like, by the text alone. */
export const multistepReadings = [
  'sum',
  'product',
  'minus of a negative',
  'brackets',
  'copied part',
  'values for letters',
  'opening',
  'answer',
  'not seen',
] as const

export type MultistepReading = (typeof multistepReadings)[number]

/**
 * What is wrong in the step of the first mistake, which people or a generator have found; the steps before it are
 * taken for right. null when the problem is not a calculation.
 */
export function readMultistepMistake(
  problem: string,
  steps: readonly string[],
  at: number,
): MultistepReading | null {
  if (evaluated(problem.split('=')[0]) === null) return null
  if (at === 0) return 'opening'
  const sides = sidesOf(steps[at])
  if (at === steps.length - 1) {
    const form = sides.shift() ?? ''
    if (sides.length > 0 && withValues(form, steps.slice(1, at)) !== numbersOf(sides[0]))
      return 'values for letters'
  } else if (sides.length > 1 && !steps[0].includes(sides[0])) return 'copied part'
  for (const [i, side] of sides.slice(1).entries()) {
    const [before, after] = [evaluated(sides[i]), evaluated(side)]
    if (before !== null && after !== null && before !== after) return slipBetween(sides[i], side)
  }
  const answer = /answer is (-?\d+)/.exec(steps[at])?.[1]
  return answer !== undefined && Number(answer) !== evaluated(sides.at(-1) ?? '') ? 'answer' : 'not seen'
}

function slipBetween(before: string, after: string): MultistepReading {
  const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0
  const fewer = (pattern: RegExp) => count(after, pattern) < count(before, pattern)
  if (numbersOf(before) === numbersOf(after)) return 'brackets'
  if (fewer(/- *\(?-/g)) return 'minus of a negative'
  return fewer(/\*/g) ? 'product' : 'sum'
}

/** `Let's calculate A = (1 + 2) = 3.` -> `(1 + 2)`, `3`; of the last step the letters' form first. */
function sidesOf(step: string): string[] {
  const [head, ...rest] = step
    .split(/(?:So the|The) answer/)[0]
    .trim()
    .replace(/\.$/, '')
    .split(' = ')
  // behind the words: `Let's calculate A`, or `Then, the final equation is A + B`
  const form = head.split(/[a-z]/).at(-1) as string
  return (form.match(/[A-Z]/g) ?? []).length > 1 ? [form, ...rest] : rest
}

/** The numbers of a form whose letters have the values that earlier steps came to. */
function withValues(form: string, steps: readonly string[]): string {
  const values = new Map(
    steps.map((step) => {
      const value = evaluated(sidesOf(step).at(-1) ?? '')
      return [/\b([A-Z]) = /.exec(step)?.[1], `${value}`]
    }),
  )
  return numbersOf(form.replaceAll(/[A-Z]/g, (letter) => values.get(letter) ?? letter))
}

const numbersOf = (text: string) => text.replaceAll(/[() ]/g, '')

function evaluated(text: string): number | null {
  const expression = parseExpression(text.trim())
  return expression === null ? null : evaluate(expression)
}
