import { expect, test } from 'vitest'
import type { PairJudge } from '../../reasoning/types.ts'
import { crm } from '../../reward/kinds/crm.ts'
import { rewardScores, rounded } from '../../reward/scores.ts'
import { endServers, fakeJudge, fakeReadOuts, serve } from '../serve.fixture.ts'

endServers()

const problem = 'What is 3 + 4?'
const scoresOf = (steps: string[]) => rounded(rewardScores(crm(), fakeReadOuts({ problem, steps })))

const said = (text: string) => ({
  output: [
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm, 7 or 8?' }] },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text, annotations: [] }] },
  ],
})
const rollout = (text: string) => ({
  responses_create_params: {
    input: [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'input_text', text: problem }] },
    ],
    temperature: 1,
  },
  response: { id: 'resp_1', object: 'response', ...said(text) },
  verifier_metadata: { answer: '7' },
  _ng_rollout_id: 'r1',
})

test('/verify: all of the request again, and the reward; reasoning is not scored', async () => {
  const { post } = await serve()
  const asked = rollout('3 + 4 = 7\n\nAnswer: 7')
  const { score, p_correct } = scoresOf(['3 + 4 = 7', 'Answer: 7'])
  const answer = await post('/verify', asked)
  expect([answer.status, answer.body]).toEqual([
    200,
    { ...asked, reward: score, p_correct, mask_sample: false, failure_kind: null, failure_reason: null },
  ])
  expect((await post('/verify?reward=p_correct', asked)).body.reward).toBe(p_correct)
})

test('[client] a response that said nothing, called a tool alone or is too long is masked, with the reason', async () => {
  const { post } = await serve()
  const call = {
    ...rollout(''),
    response: { output: [{ type: 'function_call', name: 'f', arguments: '{}' }] },
  }
  for (const [asked, why] of [
    [rollout(''), 'there is no text to score'],
    [call, 'there is no text to score'],
    [rollout('x'.repeat(5000)), 'too long'],
  ] as const)
    expect((await post('/verify', asked)).body).toMatchObject({
      mask_sample: true,
      failure_kind: 'verifier_error',
      failure_reason: expect.stringContaining(why),
    })
})

test('[client] a scorer that fails is 503: nothing that Gym could take for a reward', async () => {
  const { post, reward } = await serve()
  reward.misbehave(() => {
    throw new Error('out of memory')
  })
  const { status, body, headers } = await post('/verify', rollout('Answer: 7'))
  expect([status, body.reward, headers.get('retry-after')]).toEqual([503, undefined, '1'])
})

test('[client] agents seed a session before each rollout', async () => {
  const { post } = await serve()
  expect(await post('/seed_session', { responses_create_params: {} })).toMatchObject({
    status: 200,
    body: {},
  })
})

test('/compare: rewards by a tournament of the judge, in the order of the responses', async () => {
  const judge = fakeJudge()
  const { post } = await serve({ judge })
  const { status, body } = await post('/compare', {
    conversation_history: [{ role: 'user', content: problem }],
    response_objs: ['a', 'aaaa', 'aa'].map(said),
    principle: 'Longer is better.',
  })
  expect(status).toBe(200)
  const [short, long, middle] = body.rewards
  expect([long > middle, middle > short]).toEqual([true, true])
  expect(body.comparison_results[0]).toEqual({
    response_i: expect.any(Number),
    response_j: expect.any(Number),
    judge_idx: 0,
    score_1: expect.any(Number),
    score_2: expect.any(Number),
  })
  expect(body.metrics.calls).toBe(judge.asked.length)
  expect(judge.asked[0].query).toBe(`${problem}\n\nWhat counts: Longer is better.`)
})

test('responses that are the same are one entrant; one alone is in the middle', async () => {
  const judge = fakeJudge()
  const { post } = await serve({ judge })
  const ask = (texts: string[]) =>
    post('/compare', {
      conversation_history: [{ role: 'user', content: problem }],
      response_objs: texts.map(said),
    })
  const { rewards } = (await ask(['aa', 'a', 'aa', 'a'])).body
  expect([rewards[0] === rewards[2], rewards[1] === rewards[3], rewards[0] > rewards[1]]).toEqual([
    true,
    true,
    true,
  ])
  expect(judge.asked).toHaveLength(1)
  expect((await ask(['a', 'a', 'a'])).body.rewards).toEqual([0, 0, 0])
  expect((await ask(['a'])).body.rewards).toEqual([0])
})

test('a response that the judge refuses to judge has no reward: 422', async () => {
  const refusing = simulatedRefusal()
  const { post } = await serve({ judge: refusing })
  const asked = {
    conversation_history: [{ role: 'user', content: problem }],
    response_objs: ['a', 'b'].map(said),
  }
  expect((await post('/compare', asked)).status).toBe(422)
})

function simulatedRefusal(): PairJudge {
  return {
    compare: async (comparisons) =>
      comparisons.map(() => ({ winner: null, nonVerdict: 'refused', reasoning: '', tokens: 0 })),
  }
}

test('[client] nothing to compare is an empty list; a judge that fails or has no verdict is 503', async () => {
  const { post } = await serve({ judge: fakeJudge() })
  const ask = (content: string, texts: string[]) =>
    post('/compare', { conversation_history: [{ role: 'user', content }], response_objs: texts.map(said) })
  expect(await ask(problem, [])).toMatchObject({ status: 200, body: { rewards: [] } })
  expect((await ask('down', ['a', 'b'])).status).toBe(503)
  expect((await ask('torn', ['a', 'b'])).status).toBe(503)
  expect((await ask('', ['a', 'b'])).status).toBe(422)
})

test.each([
  ['no input', { response: { output: [] } }],
  ['no response', { responses_create_params: { input: problem } }],
  ['an output that is a text', { responses_create_params: { input: problem }, response: { output: 'a' } }],
  ['an input without a user', { ...rollout('a'), responses_create_params: { input: [] } }],
])('%s: 422', async (_, body) => {
  const { post } = await serve()
  expect((await post('/verify', body)).status).toBe(422)
})
