import type { Dialect } from './dialect.ts'

const named = /Output \(([ab])\) is (?:the )?better(?: output| one)?/g

/** Doubted, or better in one regard only. */
const doubted =
  /\b(?:if|whether|unless|in terms of|argue[ds]?|claims?|says?|doubt|(?:might|may|could) (?:think|say|believe))\b|(?:\bnot|n['’]t) (?:think|believe|say|mean|clear|certain|obvious|evident|true|the case)\b|\b(?:neither|nor)\b[^,;:]*$/i
const limited = /^\s*\?|^[^\w.!?\n]*(?:if|when|unless|in|at|only)\b/i

/**
 * Sentences that say "Output (a) is better": LLMBar, arXiv 2310.07641. One that says so under a condition ("if the goal is …") or
 * in one regard ("in terms of detail, …") is no verdict.
 */
export const output: Dialect = {
  labels: ['Output (a)', 'Output (b)'],
  ask: 'Then close with one sentence of its own that holds the verdict and nothing else: "Therefore, Output (a) is better." or "Therefore, Output (b) is better."',
  write: (winner) => `Therefore, Output (${winner === 0 ? 'a' : 'b'}) is better.`,
  cue: 'Therefore, Output (',
  read: (text) =>
    Array.from(text.matchAll(named)).flatMap((match) => {
      const before = text.slice(Math.max(0, match.index - 500), match.index)
      const lead = before.slice(Math.max(...Array.from('.!?\n', (end) => before.lastIndexOf(end))) + 1)
      const tail = text.slice(match.index + match[0].length)
      return doubted.test(lead) || limited.test(tail) ? [] : [match[1] === 'a' ? 0 : 1]
    }),
}
