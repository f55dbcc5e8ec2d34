import { random, seedOf } from '../reasoning/random.ts'
import type { PairJudge } from '../reasoning/types.ts'

/** A right and a wrong sample of one problem, and what a judge said of them. */
export interface DemoJudgment {
  id: string
  problem: string
  /** As they were shown. */
  responses: [string[], string[]]
  right: 0 | 1
  winner: 0 | 1 | null
  thinking: string[]
}

export interface DemoJudging {
  /** Pairs, one a problem at most. */
  pairs: number
  /** Verdicts for the right one. */
  right: number
  /** No verdict: neither right nor wrong. */
  unjudged: number
  /** Generated ones of all judgments. */
  tokens: number
  /** The first pair that the judge thought about and was right about; null for none. */
  example: DemoJudgment | null
}

interface Attempted {
  problem: { id: string; problem: string }
  samples: readonly { steps: string[]; answer: string | null; correct: boolean }[]
}

/** Lets a judge say which of two samples is right: the first right and the first wrong one of each problem, in an order drawn by the seed. */
export async function demoJudging(
  judge: PairJudge,
  attempted: readonly Attempted[],
  seed: number,
): Promise<DemoJudging> {
  const pairs = attempted.flatMap(({ problem: { id, problem }, samples }) => {
    const [right, wrong] = [true, false].map((is) =>
      samples.find(({ answer, correct }) => answer !== null && correct === is),
    )
    if (right === undefined || wrong === undefined) return []
    const place = random('demo pair', seed, id).int(0, 1) as 0 | 1
    const responses: [string[], string[]] =
      place === 0 ? [right.steps, wrong.steps] : [wrong.steps, right.steps]
    return [{ id, problem, responses, right: place }]
  })
  const judgments = await judge.compare(
    pairs.map(({ id, problem, responses: [first, second] }) => ({
      query: problem,
      responses: [first.join('\n'), second.join('\n')] as const,
      seed: seedOf('demo judgment', seed, id),
    })),
  )
  const judged = pairs.map((pair, i): DemoJudgment => {
    const { winner, reasoning } = judgments[i]
    return { ...pair, winner, thinking: reasoning.split('\n') }
  })
  return {
    pairs: judged.length,
    right: judged.filter(({ winner, right }) => winner === right).length,
    unjudged: judged.filter(({ winner }) => winner === null).length,
    tokens: judgments.reduce((sum, { tokens }) => sum + tokens, 0),
    // its last line is the verdict
    example: judged.find(({ winner, right, thinking }) => winner === right && thinking.length > 2) ?? null,
  }
}
