import type { Dialect } from './dialect.ts'

const score =
  /Assistant\s*([12])[\s*_]*(?:'s\s+(?:score|rating)[\s*_]*)?[:=][\s*_]*(\d+(?:\.\d+)?)(?:\s*\/\s*10)?(?!\d|[.,]\d|\s*\/|[ \t]+(?!assistant|and\b|points?\b)[a-z])/gi

/**
 * A score from 1 to 10 for each: `Assistant 1: 8` and `Assistant 2: 6`, as in "Score of Assistant 1: 8" or "Assistant 1: 8/10". The
 * higher one wins; equal ones are a tie. A number with a word behind it counts something else. With several scores for one of them, every pair of scores is a verdict.
 */
export const scores: Dialect = {
  labels: ['Assistant 1', 'Assistant 2'],
  ask: 'Then close with two lines that hold a score from 1 to 10 for each, never the same one, and nothing else: "Assistant 1: " and its score, then "Assistant 2: " and its score.',
  write: (winner) => (winner === 0 ? 'Assistant 1: 8\nAssistant 2: 5' : 'Assistant 1: 5\nAssistant 2: 8'),
  cue: 'My scores:\nAssistant 1:',
  read(text) {
    const given: [number[], number[]] = [[], []]
    for (const [, place, points] of text.matchAll(score)) given[place === '1' ? 0 : 1].push(Number(points))
    return given[0].flatMap((first) =>
      given[1].map((second) => {
        const inRange = [first, second].every((points) => points >= 1 && points <= 10)
        if (!inRange) return null
        return first === second ? 'tie' : first > second ? 0 : 1
      }),
    )
  },
}
