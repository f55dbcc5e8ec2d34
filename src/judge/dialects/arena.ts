import type { Dialect } from './dialect.ts'

/**
 * `[[A>>B]]`, `[[A>B]]`, `[[A=B]]`, `[[B>A]]`, `[[B>>A]]`: Arena-Hard, arXiv 2406.11939. How much better does not matter here;
 * `[[A=B]]` names neither.
 */
export const arena: Dialect = {
  labels: ['Assistant A', 'Assistant B'],
  ask: 'Then close with a single line that holds the verdict and nothing else: [[A>>B]] or [[A>B]] where Assistant A is much or slightly better, [[B>A]] or [[B>>A]] where Assistant B is slightly or much better.',
  write: (winner) => (winner === 0 ? '[[A>B]]' : '[[B>A]]'),
  cue: 'My verdict: [[',
  read: (text) =>
    Array.from(text.matchAll(/\[\[\s*([AB])\s*(>>|>|=|<|<<)\s*([AB])\s*\]\]/g), ([, left, sign, right]) => {
      if (left === right) return null
      if (sign === '=') return 'tie'
      const better = sign.startsWith('>') ? left : right
      return better === 'A' ? 0 : 1
    }),
}
