import type { Tokenizer } from '../../transformer/tokenizer.ts'

/** Two solutions of one problem, in the order in which they are shown. */
export interface Shown {
  problem: string
  responses: readonly [readonly string[], readonly string[]]
}

/**
 * What an embedded judge reads, after which it thinks line by line, as a solution goes step by step:
 *
 *     <|solution|> 1 <|step|> a1 <|step|> … 1 aN <|step|> <|end|> <|solution|> 2 <|step|> b1 <|step|> … 2 bM <|step|> <|end|> <|problem|> P <|solution|>
 *
 * The problem comes last: what the model knows of solving begins there, and two solutions between them put it off. A response's number
 * stands before its first step and before its answer, where one who looks for them goes on reading. Texts never become special tokens, so
 * no response can end itself or begin the thinking.
 */
export function encodeShown(tokenizer: Tokenizer, { problem, responses }: Shown): number[] {
  const shown = responses.flatMap((lines, i) => encodeResponse(tokenizer, i + 1, lines))
  return [...shown, ...tokenizer.encodePrompt(problem)]
}

/** The same with one response, the first. */
export function encodeAlone(tokenizer: Tokenizer, problem: string, steps: readonly string[]): number[] {
  return [...encodeResponse(tokenizer, 1, steps), ...tokenizer.encodePrompt(problem)]
}

function encodeResponse(tokenizer: Tokenizer, number: number, lines: readonly string[]): number[] {
  const { solution, end } = tokenizer.specials
  const numbered = lines.map((line, t) => (t === lines.length - 1 ? `${number} ${line}` : line))
  return [solution, ...encodeLines(tokenizer, [`${number}`, ...numbered]), end]
}

/** Lines of thinking, each closed by `<|step|>`. */
export function encodeLines(tokenizer: Tokenizer, lines: readonly string[]): number[] {
  return lines.flatMap((line) => [...tokenizer.encodeText(line), tokenizer.specials.step])
}

/** How the verdict begins, and the whole line. */
export const verdictCue = 'Better:'
export const verdictLine = (winner: 0 | 1) => `${verdictCue} ${winner + 1}`

/** Place of the better response: the last line says so, and no other does. Null otherwise. */
export function verdictOf(lines: readonly string[]): 0 | 1 | null {
  if (lines.slice(0, -1).some((line) => line.startsWith(verdictCue))) return null
  if (lines.at(-1) === verdictLine(0)) return 0
  return lines.at(-1) === verdictLine(1) ? 1 : null
}
