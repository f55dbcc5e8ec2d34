import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sampledAnswer, sampleRequest } from '../../data/samples.ts'
import { splitProblems } from '../../evaluate/problems.ts'
import { seedOf } from '../../reasoning/random.ts'
import { tasks } from '../../tasks/index.ts'
import { embeddedGenerator } from '../../transformer/generator.ts'
import { shippedModel } from '../../transformer/shipped.ts'
import { embeddedJudge } from './embedded-judge.ts'
import { inOrder, type LabelledSample, labelledPairs } from './pairs.ts'

const seed = 1
const problemsOfTask = 30

/** Pairs of validation problems, which nothing was trained on, by the policy that comes with assay. */
async function freshPairs() {
  const generator = embeddedGenerator()
  try {
    const samples: LabelledSample[] = []
    for (const task of tasks) {
      const problems = [...splitProblems(task, 'validation', { count: problemsOfTask })]
      const made = await generator.generate(problems.map((problem) => sampleRequest(problem, { n: 8, seed })))
      for (const [i, { id, problem }] of problems.entries())
        for (const [k, sample] of made[i].entries()) {
          const { correct, firstError } = task.verify(problems[i], sample.steps)
          const answer = sampledAnswer(sample)
          const { steps } = sample
          samples.push({ id: `${id}#${k}`, problem, steps, answer, correct, first_error: firstError })
        }
    }
    return labelledPairs(samples, seed)
  } finally {
    await generator.close()
  }
}

test('the judge that comes with assay takes less than 8 MB', () => {
  const folder = shippedModel('judge')
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  expect(bytes).toBeLessThan(8e6)
})

test('the judge that comes with assay tells right from wrong, wherever the right one stands, and knows why: without its thinking it does not', async () => {
  const pairs = await freshPairs()
  const judge = embeddedJudge(shippedModel('judge'), { threads: 2 })
  try {
    const asked = pairs.map((pair, i) => {
      const [first, second] = inOrder(pair, (i % 2) as 0 | 1).map((steps) => steps.join('\n'))
      return { query: pair.problem, responses: [first, second] as const, seed: seedOf('shipped', pair.id) }
    })
    const share = (of: readonly { winner: 0 | 1 | null }[], which: (i: number) => boolean) => {
      const chosen = of.flatMap(({ winner }, i) => (which(i) ? [winner === i % 2] : []))
      return chosen.filter(Boolean).length / chosen.length
    }
    const judgments = await judge.compare(asked)
    expect(pairs.length).toBeGreaterThan(45)
    expect(share(judgments, () => true)).toBeGreaterThan(0.75)
    for (const place of [0, 1]) expect(share(judgments, (i) => i % 2 === place)).toBeGreaterThan(0.65)
    expect(Math.max(...judgments.map(({ tokens }) => tokens))).toBeGreaterThan(60)
    const atOnce = await judge.conclude(asked.map((comparison) => ({ ...comparison, thinking: [] })))
    expect(share(atOnce, () => true)).toBeLessThan(share(judgments, () => true) - 0.1)
  } finally {
    await judge.close()
  }
})
