import { describe, expect, test } from 'vitest'
import { pairSeed } from '../judge/judge-pairs.ts'
import { crm } from '../reward/kinds/crm.ts'
import { prm } from '../reward/kinds/prm.ts'
import { rewardScores, rounded } from '../reward/scores.ts'
import { blocked, endServers, fakeJudge, fakeReadOuts, fakeReward, serve } from './serve.fixture.ts'

endServers()

const problem = 'Compute 3 + 4 * 2.'
const steps = ['4 * 2 = 8', '3 + 8 = 11', 'Answer: 11']
const expected = (steps: string[], of = problem) =>
  rounded(rewardScores(crm(), fakeReadOuts({ problem: of, steps })))

describe('/v1/score', () => {
  test('steps, a text and messages of the same solution have the same scores; a text has its places', async () => {
    const { post } = await serve()
    const response = steps.join('\n')
    const { status, body } = await post('/v1/score', {
      solutions: [
        { id: 'steps', problem, steps },
        { problem, response },
        {
          problem: [
            { role: 'system', content: 'Be brief.' },
            { role: 'user', content: problem },
          ],
          response: [{ role: 'assistant', content: [{ type: 'text', text: response }] }],
        },
        { problem, response: steps.join(' ; '), separator: ';' },
      ],
    })
    expect(status).toBe(200)
    expect(body.results[0]).toEqual({ id: 'steps', answer: '11', ...expected(steps) })
    expect(body.results[1]).toEqual({
      id: '1',
      answer: '11',
      ...expected(steps),
      spans: [
        [0, 9],
        [10, 20],
        [21, 31],
      ],
    })
    expect(body.results[2]).toEqual({ ...body.results[1], id: '2' })
    expect(body.results[3]).toEqual({
      id: '3',
      answer: '11',
      ...expected(steps),
      spans: [
        [0, 9],
        [12, 22],
        [25, 35],
      ],
    })
  })

  test('a prompt is what a chat template has made, as trainers have it: the problem is the last turn of its user', async () => {
    const { post } = await serve()
    const turn = (role: string, text: string) => `<|im_start|>${role}\n${text}<|im_end|>\n`
    const prompts = [
      `${turn('system', 'Be brief.')}${turn('user', 'Hello')}${turn('assistant', 'Hi')}${turn('user', problem)}<|im_start|>assistant\n`,
      `<s>[INST] ${problem} [/INST]`,
      ` ${problem}\n`,
      [{ role: 'user', content: problem }],
    ]
    const { status, body } = await post('/v1/score', {
      solutions: [{ problem, steps }, ...prompts.map((prompt) => ({ prompt, response: steps.join('\n') }))],
    })
    expect(status).toBe(200)
    const [{ id: _, ...expected }, ...others] = body.results
    expect(others).toHaveLength(4)
    for (const each of others) expect(each).toMatchObject(expected)
    const { body: template } = await post('/v1/score', {
      solutions: [{ problem: prompts[1], steps }],
    })
    expect(template.results[0].score).not.toBe(expected.score)
  })

  test('[client] TRL: conversational completions, and one that was cut to nothing, which is no number', async () => {
    const { post } = await serve()
    const prompts = [problem, problem, problem].map((content) => [{ role: 'user', content }])
    const completions = [steps.join('\n\n'), '', 'x'.repeat(1990)].map((content) => [
      { role: 'assistant', content },
    ])
    const { status, body } = await post('/v1/score', {
      solutions: prompts.map((problem, i) => ({ problem, response: completions[i] })),
    })
    expect(status).toBe(200)
    expect(body.results[0]).toMatchObject(expected(steps))
    expect(body.results.slice(1)).toEqual([
      { id: '1', error: { type: 'no_steps', message: 'there is no text to score' } },
      {
        id: '2',
        error: { type: 'too_long', message: 'problem and steps are too long for the reward model' },
      },
    ])
  })

  test('characters beyond U+FFFF are one in the places of steps', async () => {
    const { post } = await serve()
    const response = '𝒳 = 1 😀\n\n  Answer: 𝟙 '
    const { body } = await post('/v1/score', { solutions: [{ problem, response }] })
    const points = [...response]
    expect(
      body.results[0].spans.map(([start, end]: [number, number]) => points.slice(start, end).join('')),
    ).toEqual(['𝒳 = 1 😀', 'Answer: 𝟙'])
  })

  test("the server's separator is the one of requests that name none", async () => {
    const { post } = await serve({ separator: '\n' })
    const { body } = await post('/v1/score', {
      solutions: [
        { problem, response: 'a\nb\n\nc' },
        { problem, response: 'a\nb\n\nc', separator: '\n\n' },
      ],
    })
    expect(body.results.map(({ hazards }: { hazards: number[] }) => hazards.length)).toEqual([3, 2])
  })

  test('more steps than the server takes', async () => {
    const { post } = await serve({ maxSteps: 3 })
    const { body } = await post('/v1/score', {
      solutions: [
        { problem, response: 'a\nb\nc\nd' },
        { problem, steps },
      ],
    })
    expect(body.results[0].error.type).toBe('too_many_steps')
    expect(body.results[1]).toMatchObject(expected(steps))
  })

  test('a reward without hazards gives what it has', async () => {
    const { post } = await serve({ reward: fakeReward(prm()) })
    const { body } = await post('/v1/score', { solutions: [{ problem, steps }] })
    expect(Object.keys(body.results[0])).toEqual([
      'id',
      'answer',
      'score',
      'p_correct',
      'first_error',
      'scores',
      'read_outs',
    ])
  })

  test('an empty list has no results', async () => {
    const { post } = await serve()
    expect(await post('/v1/score', { solutions: [] })).toMatchObject({ status: 200, body: { results: [] } })
  })

  test.each([
    ['no solutions', {}, 'solutions is missing'],
    ['a list', [], 'the body must be an object, not a list'],
    ['an unknown field', { solutions: [], model: 'x' }, 'the body has unknown fields: model'],
    [
      'an unknown field inside',
      { solutions: [{ problem, steps, label: 1 }] },
      'solutions[0] has unknown fields: label',
    ],
    [
      'neither steps nor response',
      { solutions: [{ problem }] },
      'solutions[0] must have either "steps" or "response"',
    ],
    ['both', { solutions: [{ problem, steps, response: 'a' }] }, 'must have either "steps" or "response"'],
    ['no steps', { solutions: [{ problem, steps: [] }] }, 'solutions[0].steps must hold at least one step'],
    [
      'an empty step',
      { solutions: [{ problem, steps: ['a', ' '] }] },
      'solutions[0].steps[1] must be a non-empty string',
    ],
    [
      'a number for a step',
      { solutions: [{ problem, steps: [1] }] },
      'solutions[0].steps[0] must be a string, not a number',
    ],
    [
      'a number for a problem',
      { solutions: [{ problem: 1, steps }] },
      'solutions[0].problem must be a text or a list of messages',
    ],
    [
      'neither problem nor prompt',
      { solutions: [{ steps }] },
      'solutions[0] must have either "problem" or "prompt"',
    ],
    [
      'problem and prompt',
      { solutions: [{ problem, prompt: problem, steps }] },
      'solutions[0] must have either "problem" or "prompt"',
    ],
    [
      'a prompt of a template without a user',
      { solutions: [{ prompt: '<|im_start|>user\n<|im_end|>\n<|im_start|>assistant\n', steps }] },
      'solutions[0].prompt is empty',
    ],
    [
      'a separator of a book',
      { solutions: [{ problem, response: 'a', separator: 'b'.repeat(101) }] },
      'separator must be at most 100 characters',
    ],
    ['no problem', { solutions: [{ problem: ' ', steps }] }, 'solutions[0].problem is empty'],
    [
      'no user',
      { solutions: [{ problem: [{ role: 'system', content: 'a' }], steps }] },
      'solutions[0].problem is empty',
    ],
    [
      'two of one id',
      {
        solutions: [
          { id: 'a', problem, steps },
          { id: 'a', problem, steps },
        ],
      },
      'solutions must have different ids',
    ],
    [
      'an id that is the place of another',
      {
        solutions: [
          { id: '1', problem, steps },
          { problem, steps },
        ],
      },
      'different ids',
    ],
    ['a deadline of no time', { solutions: [], deadline_ms: 0 }, 'deadline_ms must be at least 1'],
    [
      'an empty separator',
      { solutions: [{ problem, response: 'a', separator: '' }] },
      'separator must not be empty',
    ],
  ])('%s: 422, and what is wrong', async (_, body, message) => {
    const { post, reward } = await serve()
    const answer = await post('/v1/score', body)
    expect(answer).toMatchObject({ status: 422, body: { error: { type: 'invalid', code: 422 } } })
    expect(answer.body.error.message).toContain(message)
    expect(reward.calls).toEqual([])
  })

  test('more solutions than may ever wait: 413, with the number that may', async () => {
    const { post } = await serve({ queue: 8 })
    const solutions = Array.from({ length: 5 }, () => ({ problem, steps }))
    expect(await post('/v1/score', { solutions })).toMatchObject({
      status: 413,
      body: { error: { type: 'too_many' } },
    })
    expect((await post('/v1/score', { solutions: solutions.slice(1) })).status).toBe(200)
  })
})

describe('a scorer that fails is an error, never a number', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('CUDA out of memory')
      },
    ],
    ['gives NaN', () => [{ ...rewardScores(crm(), [0, 0, 0]), score: Number.NaN }]],
    ['gives too few hazards', () => [rewardScores(crm(), [0, 0])]],
    ['gives nothing', () => []],
    [
      'gives infinite rewards',
      () => [{ ...rewardScores(crm(), [0, 0, 0]), rewards: [0, 0, Number.NEGATIVE_INFINITY] }],
    ],
  ])('one that %s: 503, at every door', async (_, how) => {
    const { post, reward } = await serve()
    reward.misbehave(how)
    const doors: [string, object][] = [
      ['/v1/score', { solutions: [{ problem, steps }] }],
      ['/openrlhf', { query: [problem + steps.join('\n')], prompts: [problem], labels: [''] }],
      ['/slime', { prompt: problem, response: steps.join('\n'), label: '' }],
      ['/score', { queries: problem, documents: steps.join('\n') }],
      [
        '/verify',
        {
          responses_create_params: { input: problem },
          response: { output: [{ type: 'message', content: steps.join('\n') }] },
        },
      ],
    ]
    for (const [path, body] of doors)
      expect(await post(path, body)).toMatchObject({ status: 503, body: { error: { type: 'failed' } } })
    reward.misbehave(null)
    expect((await post(...doors[0])).status).toBe(200)
  })

  test("one request's text breaks a batch: the others of the batch have their scores", async () => {
    const { post, get, reward } = await serve()
    const { under } = await blocked({ post, reward })
    const later = ['fine', 'explode', 'unreadable', 'good'].map((problem) =>
      post('/v1/score', { solutions: [{ problem, steps }] }),
    )
    while ((await get('/healthz')).body.waiting < 4);
    reward.gate.open()
    for (const { status } of await under) expect(status).toBe(200)
    expect((await Promise.all(later)).map(({ status }) => status)).toEqual([200, 503, 200, 200])
    expect((await later[2]).body.results).toEqual([
      { id: '0', error: expect.objectContaining({ type: 'too_long' }) },
    ])
  })
})

describe('/v1/judge and /v1/rank', () => {
  const pair = { query: 'Which?', responses: ['long answer', 'short'] }

  test('without a judge: 501, and what to do', async () => {
    const { post } = await serve()
    for (const [path, body] of [
      ['/v1/judge', { pairs: [pair] }],
      ['/v1/rank', { contests: [] }],
      ['/compare', { conversation_history: [], response_objs: [{ output: [] }] }],
    ] as const) {
      const answer = await post(path, body)
      expect([answer.status, answer.body.error.type]).toEqual([501, 'not_served'])
      expect(answer.body.error.message).toContain('--judge FOLDER, or with --judge URL --model NAME')
    }
  })

  test('verdicts, or why there is none; the seed of a pair is that of assay judge', async () => {
    const judge = fakeJudge()
    const { post } = await serve({ judge })
    const { status, body } = await post('/v1/judge', {
      pairs: [
        { id: 'p', ...pair },
        { ...pair, query: 'torn' },
        { ...pair, query: 'down' },
      ],
      seed: 5,
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      results: [
        { id: 'p', winner: 0, non_verdict: null, reasoning: 'Longer.', tokens: 7 },
        { id: '1', winner: null, non_verdict: 'unparseable', reasoning: 'Hm.', tokens: 3 },
        { id: '2', error: { type: 'failed', message: 'no answer' } },
      ],
    })
    expect(judge.asked[0].seed).toBe(pairSeed(5, 'p'))
  })

  test("the server's seed and orders are those of requests that say nothing else", async () => {
    const judge = fakeJudge()
    const { post } = await serve({ judge, judgeDefaults: { seed: 8, bothOrders: true } })
    const { body } = await post('/v1/judge', { pairs: [{ id: 'p', ...pair }] })
    expect(body.results).toMatchObject([{ winner: 0, consistent: true }])
    expect(judge.asked.map(({ seed }) => seed)).toEqual([pairSeed(8, 'p'), pairSeed(8, 'p')])
    await post('/v1/judge', { pairs: [{ id: 'p', ...pair }], both_orders: false, seed: 9 })
    expect(judge.asked.slice(2).map(({ seed }) => seed)).toEqual([pairSeed(9, 'p')])
  })

  test('both orders: they agree, or nobody wins', async () => {
    const { post } = await serve({ judge: fakeJudge() })
    const { body } = await post('/v1/judge', {
      pairs: [pair, { query: 'Which?', responses: ['same', 'size'] }],
      both_orders: true,
    })
    expect(body.results).toMatchObject([
      { winner: 0, consistent: true, tokens: 14 },
      { winner: null, non_verdict: 'refused', consistent: false },
    ])
  })

  test('a judge that fails at all of them: 503', async () => {
    const { post } = await serve({ judge: fakeJudge() })
    expect((await post('/v1/judge', { pairs: [{ ...pair, query: 'down' }] })).status).toBe(503)
    const contest = { query: 'down', responses: ['a', 'b'] }
    expect((await post('/v1/rank', { contests: [contest] })).status).toBe(503)
  })

  test('contests: the longest first, as assay rank writes them', async () => {
    const { post } = await serve({ judge: fakeJudge() })
    const { status, body } = await post('/v1/rank', {
      contests: [
        { id: 'c', query: 'Which?', responses: ['a', { id: 'best', text: 'aaaa' }, 'aa'] },
        { query: 'down', responses: ['a', 'b'] },
      ],
      tournament: 'bradley-terry',
    })
    expect(status).toBe(200)
    expect(body.results[0]).toMatchObject({
      id: 'c',
      ranking: ['best', '2', '0'],
      winner: 'best',
      calls: 3,
      tokens: 21,
    })
    expect(body.results[1]).toEqual({ id: '1', error: { type: 'failed', message: 'no answer' } })
  })

  test.each([
    [
      'three responses',
      '/v1/judge',
      { pairs: [{ ...pair, responses: ['a', 'b', 'c'] }] },
      'responses must be a list of two texts',
    ],
    ['an unknown field', '/v1/judge', { pairs: [], votes: 3 }, 'unknown fields: votes'],
    [
      'two of one id',
      '/v1/judge',
      {
        pairs: [
          { id: 'a', ...pair },
          { id: 'a', ...pair },
        ],
      },
      'different ids',
    ],
    [
      'no responses',
      '/v1/rank',
      { contests: [{ query: 'q', responses: [] }] },
      'must hold at least one response',
    ],
    [
      '65 responses',
      '/v1/rank',
      { contests: [{ query: 'q', responses: Array(65).fill('a') }] },
      'must be at most 64',
    ],
    [
      'two contests of one id',
      '/v1/rank',
      {
        contests: [
          { id: 'a', query: 'q', responses: ['a'] },
          { id: 'a', query: 'q', responses: ['a'] },
        ],
      },
      'different ids',
    ],
    ['no such tournament', '/v1/rank', { contests: [], tournament: 'duel' }, 'tournament must be one of'],
  ])('%s: 422', async (_, path, body, message) => {
    const { post } = await serve({ judge: fakeJudge() })
    const answer = await post(path, body)
    expect(answer.status).toBe(422)
    expect(answer.body.error.message).toContain(message)
  })
})
