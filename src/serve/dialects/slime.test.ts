import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { crm } from '../../reward/kinds/crm.ts'
import { rewardScores, rounded } from '../../reward/scores.ts'
import { endServers, fakeReadOuts, serve } from '../serve.fixture.ts'

endServers()

const problem = 'What is 3 + 4?'
const scoresOf = (steps: string[]) => rounded(rewardScores(crm(), fakeReadOuts({ problem, steps })))
const right = scoresOf(['3 + 4 = 7', 'Answer: 7'])

test('[client] the answer is a number, of JSON by its type; a prompt is a text, a templated text or messages', async () => {
  const { post } = await serve()
  const response = '3 + 4 = 7\n\nAnswer: 7<|im_end|>'
  for (const prompt of [
    problem,
    `<|im_start|>user\n${problem}<|im_end|>\n<|im_start|>assistant\n`,
    [{ role: 'user', content: problem }],
  ]) {
    const { status, body, headers } = await post('/slime', { prompt, response, label: '7' })
    expect([status, body, headers.get('content-type')]).toEqual([200, right.score, 'application/json'])
  }
  expect((await post('/slime?reward=p_correct', { prompt: problem, response, label: null })).body).toBe(
    right.p_correct,
  )
})

test('[client] --reward-key: an object, of which slime takes a field', async () => {
  const { post } = await serve()
  const { body } = await post('/slime/fields', {
    prompt: problem,
    response: '3 + 4 = 7\nAnswer: 7',
    label: '7',
  })
  expect(body).toEqual({ score: right.score, p_correct: right.p_correct, steps: 2 })
})

test('[client] ten tries of whatever failed, 4xx as well: the server is as it was', async () => {
  const { post, reward } = await serve()
  const asked = { prompt: problem, response: '3 + 4 = 7\nAnswer: 7', label: '7' }
  reward.misbehave(() => {
    throw new Error('not yet')
  })
  for (let attempt = 0; attempt < 9; attempt++) expect((await post('/slime', asked)).status).toBe(503)
  reward.misbehave(null)
  expect((await post('/slime', asked)).body).toBe(right.score)
  for (let attempt = 0; attempt < 10; attempt++)
    expect((await post('/slime', { ...asked, response: '' })).status).toBe(422)
  expect((await post('/slime', asked)).body).toBe(right.score)
})

test('[client] 64 connections that are kept: every one has its own answer, in few batches', async () => {
  const { url, reward } = await serve({ queue: 128 })
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const ask = (i: number) =>
    new Promise<number>((resolve, reject) => {
      const asked = request(
        `${url}/slime`,
        { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
        async (answer) => resolve(JSON.parse(await text(answer))),
      )
      asked.on('error', reject).end(JSON.stringify({ prompt: problem, response: `Answer: ${i}`, label: '' }))
    })
  const count = 320
  const numbers = await Promise.all(Array.from({ length: count }, (_, i) => ask(i)))
  agent.destroy()
  expect(numbers).toEqual(Array.from({ length: count }, (_, i) => scoresOf([`Answer: ${i}`]).score))
  expect(reward.calls.length).toBeLessThan(count)
})

test.each([
  ['a response of nothing', { prompt: problem, response: '<|im_end|>' }, 'there is no text to score'],
  ['a prompt of nothing', { prompt: '', response: 'a' }, 'the problem is empty'],
  ['no response', { prompt: problem }, 'response is missing'],
])('%s: 422, as no number would be true', async (_, body, message) => {
  const { post } = await serve()
  const answer = await post('/slime', body)
  expect([answer.status, answer.body.error.message]).toEqual([422, expect.stringContaining(message)])
})
