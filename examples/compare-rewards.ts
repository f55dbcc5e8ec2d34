// For researchers: which reward picks best? Ours, one of your own and votes, on held-out problems, with the truth from an exact verifier.
//   npx tsx examples/compare-rewards.ts 40    problems of each task (default 4)
import { embeddedGenerator, embeddedScorer, type Scorer, score } from 'assay'
import { best, type Candidate, majority, passAt, weightedVote } from 'assay/search'
import { tasks } from 'assay/tasks'

await using generator = embeddedGenerator()
await using crm = embeddedScorer()

/** A reward of your own is an object that gives each step its hazard; this one distrusts long steps. */
const brief: Scorer = {
  score: async (solutions) =>
    solutions.map(({ steps }) => steps.map((step) => 1 - Math.exp(-step.length / 1000))),
}

const n = 8
const count = Number(process.argv[2] ?? 4)
const problems = tasks.flatMap((task) =>
  Array.from({ length: count }, (_, i) => ({ task, problem: task.problem('test', i) })),
)
const seeds = Array.from({ length: n }, (_, i) => i)
const samples = await generator.generate(
  problems.map(({ problem: { problem } }) => ({ problem, seeds, until: 'end' })),
)

/** The candidates of each problem, by a reward; one that was cut short is none. */
async function candidatesBy(scorer: Scorer): Promise<Candidate[][]> {
  return Promise.all(
    problems.map(async ({ task, problem }, i) => {
      const whole = samples[i].filter(({ finish, steps }) => finish === 'end' && steps.length > 0)
      const solutions = whole.map(({ steps }) => ({ problem: problem.problem, steps }))
      const scores = await score(solutions, { scorer })
      return solutions.map(({ steps }, k) => ({ ...scores[k], ...task.verify(problem, steps) }))
    }),
  )
}

const byCrm = await candidatesBy(crm)
const byBrief = await candidatesBy(brief)
const right = (pick: (candidates: Candidate[]) => Candidate | null, pools: Candidate[][]) =>
  pools.filter((pool) => pick(pool)?.correct).length / pools.length
const chance = (k: number) =>
  byCrm.reduce((sum, pool) => sum + passAt(n, pool.filter(({ correct }) => correct).length, k), 0) /
  byCrm.length

const rows = {
  'one sample': chance(1),
  'brief@8': right(best, byBrief),
  'majority@8': right(majority, byCrm),
}
const ours = { 'CRM@8': right(best, byCrm), 'CRM vote@8': right(weightedVote, byCrm), 'any of 8': chance(n) }
for (const [name, share] of Object.entries({ ...rows, ...ours }))
  console.log(`${name.padEnd(12)} ${(100 * share).toFixed(0).padStart(3)}%`)
