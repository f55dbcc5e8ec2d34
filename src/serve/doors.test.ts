import { afterAll, expect, test } from 'vitest'
import { assayIn } from '../cli/run.fixture.ts'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { answerOf } from '../reasoning/answer.ts'
import { random } from '../reasoning/random.ts'
import type { Generator } from '../reasoning/types.ts'
import { remoteScorer } from '../reward/remote.ts'
import { embeddedScorer } from '../reward/scorer.ts'
import { rounded, scoresOfHazards } from '../reward/scores.ts'
import { tasks } from '../tasks/index.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { endServers, serve } from './serve.fixture.ts'

endServers()
const folder = scratchFolder()
const { reward: directory } = writeTinyModels(folder, { contextLength: 512 })
const scorer = embeddedScorer(directory, { threads: 1 })
afterAll(async () => {
  await scorer.close()
})

const rows = tasks.flatMap((task) =>
  [0, 1].map((index) => {
    const problem = task.problem('test', index)
    return {
      id: problem.id,
      problem: problem.problem,
      steps: task.solve(problem, random('doors', problem.id)),
    }
  }),
)

/** Writes the one solution that there is. */
const generator: Generator = {
  generate: async (requests) =>
    requests.map(({ problem, seeds }) => {
      const { steps } = rows.find((row) => row.problem === problem)!
      return seeds.map((seed) => ({ steps, finish: 'end', tokens: 1, seed }))
    }),
}

test('the same scores through every door, bit for bit: library, command, own API and each dialect', async () => {
  const inFull = await scorer.session().scores(rows)
  const library = inFull.map((scores) => rounded(scores))

  const { out } = await assayIn(folder)(
    ['score', '-', '--reward', 'reward', '--threads', '1'],
    rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
  )
  const command = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(command).toEqual(rows.map(({ id }, i) => ({ id, ...library[i] })))

  const logOdds = (log: number) => Number((log - Math.log(-Math.expm1(log))).toPrecision(6))

  /** Of a server that has scored nothing yet. */
  const fresh = () =>
    serve({ reward: { ...scorer, ...scorer.session() }, maxSteps: 100, policy: { generator } })

  const { body: bySteps } = await (await fresh()).post('/v1/score', { solutions: rows })
  expect(bySteps.results).toEqual(command.map((row, i) => ({ answer: answerOf(rows[i].steps), ...row })))

  const texts = rows.map(({ steps }) => steps.join('\n\n'))
  const asTexts = await fresh()
  for (const [i, { id, problem }] of rows.entries()) {
    const { body } = await asTexts.post('/v1/score', { solutions: [{ id, problem, response: texts[i] }] })
    const { spans, answer: _, ...scores } = body.results[0]
    expect(scores).toEqual(command[i])
    expect(spans.map(([start, end]: [number, number]) => texts[i].slice(start, end))).toEqual(rows[i].steps)
  }

  const prompt = (problem: string) => `<|im_start|>user\n${problem}<|im_end|>\n<|im_start|>assistant\n`
  const query = (i: number) => `${prompt(rows[i].problem)}${texts[i]}<|im_end|>`
  /** Each asks for one solution, on a server of its own, and says which numbers the answer holds. */
  const dialects: Record<
    string,
    (
      i: number,
    ) => [
      path: string,
      body: object,
      read: (body: ReturnType<typeof JSON.parse>) => unknown,
      expected: unknown,
    ]
  > = {
    openrlhf: (i) => [
      '/openrlhf',
      { query: [query(i)], prompts: [prompt(rows[i].problem)], labels: [''] },
      ({ rewards, scores, extra_logs }) => [rewards[0], scores[0], extra_logs.log_p_correct[0]],
      [library[i].score, library[i].p_correct, library[i].score],
    ],
    slime: (i) => [
      '/slime',
      { prompt: rows[i].problem, response: texts[i] },
      (number) => number,
      library[i].score,
    ],
    'slime, fields': (i) => [
      '/slime/fields',
      { prompt: prompt(rows[i].problem), response: texts[i] },
      (fields) => fields,
      { score: library[i].score, p_correct: library[i].p_correct, steps: rows[i].steps.length },
    ],
    'our own, a prompt': (i) => [
      '/v1/score',
      { solutions: [{ prompt: prompt(rows[i].problem), response: texts[i] }] },
      ({ results: [{ id, spans, answer, ...scores }] }) => scores,
      library[i],
    ],
    'vLLM /classify, messages': (i) => [
      '/classify',
      {
        messages: [
          { role: 'user', content: rows[i].problem },
          { role: 'assistant', content: texts[i] },
        ],
      },
      ({ data }) => data[0].probs,
      [library[i].p_correct],
    ],
    'OpenAI, the scores of the best': (i) => [
      '/v1/chat/completions',
      { model: 'assay-best-of-1', messages: [{ role: 'user', content: rows[i].problem }] },
      ({ choices: [{ message, assay }] }) => [message.content, assay],
      [texts[i], library[i]],
    ],
    verl: (i) => [
      '/classify',
      { model: 'm', input: query(i), activation: false },
      ({ data }) => data.at(-1).probs.at(-1),
      logOdds(inFull[i].score),
    ],
    'vLLM /score': (i) => [
      '/score',
      { queries: rows[i].problem, documents: texts[i] },
      ({ data }) => data[0].score,
      library[i].p_correct,
    ],
    'vLLM /rerank': (i) => [
      '/rerank',
      { query: rows[i].problem, documents: [texts[i]] },
      ({ results }) => results[0].relevance_score,
      library[i].p_correct,
    ],
    'vLLM /pooling, in full': (i) => [
      '/pooling',
      { input: prompt(rows[i].problem) + rows[i].steps.map((step) => `${step}<extra_0>`).join('') },
      ({ data }) => data[0].data.flat(),
      inFull[i].hazards,
    ],
    'NeMo Gym': (i) => [
      '/verify',
      {
        responses_create_params: { input: rows[i].problem },
        response: { output: [{ type: 'message', content: texts[i] }] },
      },
      ({ reward, p_correct }) => [reward, p_correct],
      [library[i].score, library[i].p_correct],
    ],
  }
  for (const [dialect, ask] of Object.entries(dialects)) {
    const { post } = await fresh()
    for (const i of rows.keys()) {
      const [path, body, read, expected] = ask(i)
      const answer = await post(path, body)
      expect([dialect, answer.status, read(answer.body)]).toEqual([dialect, 200, expected])
    }
  }
})

test("and through this package's own client of that server, as far as hazards in full precision say it", async () => {
  const { url } = await serve({ reward: { ...scorer, ...scorer.session() }, maxSteps: 100 })
  await using remote = await remoteScorer(url, { dialect: 'hazard-head', model: 'assay-crm' })
  const session = scorer.session()
  for (const row of rows) {
    const [[here], [there]] = [await session.scores([row]), await remote.scores([row])]
    for (const [t, hazard] of (there.hazards ?? []).entries())
      expect(hazard).toBeCloseTo(here.hazards![t], 14)
    expect(there.score).toBeCloseTo(here.score, 12)
  }
})

test('hazards alone, as a process reward model gives them, are the same rewards', async () => {
  const [{ hazards = [], rewards = [] }] = await scorer.session().scores(rows.slice(0, 1))
  for (const [t, reward] of scoresOfHazards(hazards).rewards.entries())
    expect(reward).toBeCloseTo(rewards[t], 12)
})

test('solutions that share a problem, in one request or many at once: encoded once, the same to float32', async () => {
  const { problem, steps } = rows[0]
  const solutions = steps.map((_, t) => ({ problem, steps: steps.slice(0, t + 1) }))
  const alone = await Promise.all(solutions.map(async (each) => (await scorer.session().scores([each]))[0]))
  const tokensOf = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
    const before = scorer.usage().tokens
    return [await work(), scorer.usage().tokens - before]
  }
  const [, whole] = await tokensOf(() => scorer.session().scores(solutions.slice(-1)))
  const { post } = await serve({ reward: { ...scorer, ...scorer.session() } })
  const [many, tokens] = await tokensOf(() =>
    Promise.all(solutions.map((each) => post('/v1/score', { solutions: [each] }))),
  )
  expect(tokens).toBe(whole)
  const { body } = await post('/v1/score', { solutions })
  for (const [i, { score }] of alone.entries()) {
    expect(many[i].body.results[0].score).toBeCloseTo(score, 4)
    expect(body.results[i].score).toBeCloseTo(score, 4)
  }
})
