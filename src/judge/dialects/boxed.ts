import type { Dialect } from './dialect.ts'

const box = /\\boxed\s*\{((?:[^{}]|\{[^{}]*\})*)\}/g
const dressing = /\\(?:boxed|text(?:bf|it|rm)?|math(?:bf|rm))|[{}*\s]/g

/** `\boxed{Assistant 1}`: Reward Reasoning Model, arXiv 2505.14674. Boxes with something else in them are no verdicts: mathematics. */
export const boxed: Dialect = {
  labels: ['Assistant 1', 'Assistant 2'],
  ask: 'Then close with a single line that holds the verdict and nothing else: \\boxed{Assistant 1} or \\boxed{Assistant 2}.',
  write: (winner) => `\\boxed{Assistant ${winner + 1}}`,
  cue: 'My verdict: \\boxed{',
  read: (text) =>
    Array.from(text.matchAll(box)).flatMap(([, content]): ReturnType<Dialect['read']> => {
      const inside = content.replace(dressing, '')
      const named = /^assistant([12])\.?$/i.exec(inside)?.[1]
      if (named !== undefined) return [named === '1' ? 0 : 1]
      if (/^(?:a|its?a|it'sa)?(?:tie|draw)\b|both|neither|equal/i.test(inside)) return ['tie']
      return /assistant/i.test(inside) ? [null] : []
    }),
}
