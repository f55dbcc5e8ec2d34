// For evaluators: can this judge be trusted? Accuracy on labelled pairs, bias for a place, what showing both orders and voting mend, and
// whether a response can forge a verdict.
//   npx tsx examples/audit-judge.ts
import { adaptive, judge, type PairJudge, voted } from 'assay'
import {
  attacks,
  defaultTemplate,
  type OrderedJudgment,
  orderBias,
  selfTest,
  simulatedJudge,
} from 'assay/judge'

// Stands for a judge of yours, await remoteJudge('http://127.0.0.1:8000'): it is right about 3 times in 4, and likes the first response.
const quality = (response: string) => -Math.abs(Number(/\d+/.exec(response)?.[0]) - 50)
const single: PairJudge = simulatedJudge({
  quality,
  accuracy: 0.75,
  spread: 1,
  firstSlot: 0.7,
  truncated: 0.05,
  seed: 1,
})

const pairs = Array.from({ length: 400 }, (_, i) => {
  const responses: [string, string] = [`It is ${(37 * i) % 100}.`, `It is ${(61 * i + 13) % 100}.`]
  return {
    id: `${i}`,
    query: 'What is nearest to 50?',
    responses,
    label: Number(quality(responses[0]) < quality(responses[1])),
  }
})

async function audit(name: string, by: PairJudge, options: { bothOrders?: boolean } = {}) {
  const judgments = await Promise.all(pairs.map((pair) => judge(pair, { judge: by, ...options })))
  // no verdict is neither a win nor a half: it is counted by itself
  const verdicts = judgments.filter(({ winner }) => winner !== null).length
  const right = judgments.filter(({ winner }, i) => winner === pairs[i].label).length
  const tokens = judgments.reduce((sum, judgment) => sum + judgment.tokens, 0) / pairs.length
  const accuracy = `${((100 * right) / verdicts).toFixed(0)}% right of ${verdicts} verdicts`
  console.log(`${name.padEnd(12)} ${accuracy}, ${tokens.toFixed(0)} tokens a pair`)
  return judgments
}

await audit('one order', single)
const ordered = await audit('both orders', single, { bothOrders: true })
await audit('votes', voted(single, adaptive({ most: 16 })))

const shown = ordered.map((judgment) => (judgment as OrderedJudgment).shown)
const { firstSlot, flipRate } = orderBias(shown.map(({ asGiven, swapped }) => [asGiven, swapped]))
console.log(
  `the first shown wins ${(100 * firstSlot!).toFixed(0)}%, and ${(100 * flipRate!).toFixed(0)}% of pairs flip with the order`,
)

const { failures, checks } = selfTest(defaultTemplate)
console.log(
  `${attacks.length} attacks on the prompt and the reader of verdicts: ${failures.length} of ${checks} checks failed`,
)
