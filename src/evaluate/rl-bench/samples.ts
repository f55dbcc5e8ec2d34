import { z } from 'zod'
import { jsonLines, readJsonLines } from '../../data/jsonl.ts'
import { sampledAnswer, sampleRequest } from '../../data/samples.ts'
import { writeFiles } from '../../data/write-files.ts'
import { taskNamed } from '../../tasks/index.ts'
import { embeddedGenerator } from '../../transformer/generator.ts'
import { splitProblems } from '../problems.ts'

/** Which samples a policy is measured by: of the first problems of the test split, the same for all policies. */
export interface RlTest {
  task: string
  problems: number
  /** Of each problem. */
  samples: number
  temperature: number
  maxTokens: number
}

const testSample = z.object({
  id: z.string(),
  problem: z.string(),
  steps: z.array(z.string()),
  answer: z.string().nullable(),
  correct: z.boolean(),
})

/** A sample of a problem of the test split, and whether it is right. */
export type TestSample = z.infer<typeof testSample>

/** Writes the samples of a policy, in the order of problems. */
export async function writeTestSamples(
  file: string,
  policy: string,
  test: RlTest,
  signal?: AbortSignal,
): Promise<void> {
  const { task: name, problems: count, samples: n, temperature, maxTokens } = test
  const task = taskNamed(name)
  const problems = splitProblems(task, 'test', { count })
  const generator = embeddedGenerator(policy, { threads: 1, temperature, maxTokens })
  try {
    const samples = await generator.generate(
      problems.map((problem) => sampleRequest(problem, { n, seed: 1 })),
      { signal },
    )
    const rows = problems.flatMap((problem, i) =>
      samples[i].map((sample, k): TestSample => {
        const answer = sampledAnswer(sample)
        const correct = answer !== null && task.verify(problem, sample.steps).correct
        return { id: `${problem.id}#${k}`, problem: problem.problem, steps: sample.steps, answer, correct }
      }),
    )
    await writeRows(file, rows)
  } finally {
    await generator.close()
  }
}

export const readTestSamples = (file: string) => readRows(file, testSample)

export async function readRows<Row>(file: string, schema: z.ZodType<Row>): Promise<Row[]> {
  const rows: Row[] = []
  for await (const { row } of readJsonLines(file, schema)) rows.push(row)
  return rows
}

export async function writeRows(file: string, rows: readonly unknown[]): Promise<void> {
  await writeFiles([{ path: file, text: jsonLines(rows) }])
}
