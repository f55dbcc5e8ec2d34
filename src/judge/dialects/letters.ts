import type { Dialect } from './dialect.ts'

/** `[[A]]` and `[[B]]`, with `[[C]]` for a tie: MT-Bench, arXiv 2306.05685. */
export const letters: Dialect = {
  labels: ['Assistant A', 'Assistant B'],
  ask: 'Then close with a single line that holds the verdict and nothing else: [[A]] where Assistant A is better, [[B]] where Assistant B is.',
  write: (winner) => (winner === 0 ? '[[A]]' : '[[B]]'),
  cue: 'My verdict: [[',
  read: (text) =>
    Array.from(text.matchAll(/\[\[\s*([ABC])\s*\]\]/g), ([, letter]) =>
      letter === 'C' ? 'tie' : letter === 'A' ? 0 : 1,
    ),
}
