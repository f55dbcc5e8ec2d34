import { expect, test } from 'vitest'
import { rewardClient } from '../endpoint/rewards/client.ts'
import { dialectNamed } from '../endpoint/rewards/dialects.ts'
import {
  logit,
  opinion,
  played,
  type RewardServerOptions,
  rewardServer,
} from '../endpoint/rewards/reward-server.fixture.ts'
import { endsWithTest, withoutKeys } from '../endpoint/with-test.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import { type RemoteReward, remoteReward } from './remote.ts'

withoutKeys()
const start = endsWithTest(rewardServer)

async function open(name: string, options: RewardServerOptions = {}): Promise<RemoteReward> {
  const { url } = await start(played[name.split(':')[0]], options)
  return rewardAt(url, name)
}

async function rewardAt(url: string, name: string): Promise<RemoteReward> {
  return remoteReward(await rewardClient({ urls: [url], dialect: dialectNamed(name), pause: 0, tries: 1 }))
}

const solution = { problem: 'Compute 1.', steps: ['a', 'b'] }
const layout = '<|problem|>Compute 1.<|solution|>a'
const hazardsOf = [opinion(layout), opinion(`${layout}<|step|>b`)]

test('hazards are a crm: log-odds of them, and S(T) of their product', async () => {
  const model = await open('hazard-head')
  expect(model.kind.name).toBe('crm')
  const [readOuts] = await model.logits([solution])
  expect(readOuts).toEqual(hazardsOf.map((hazard) => expect.closeTo(logit(hazard), 10)))
  expect(await model.score([solution])).toEqual([hazardsOf.map((hazard) => expect.closeTo(hazard, 12))])
  const [{ p_correct }] = await model.scores([solution])
  expect(p_correct).toBeCloseTo((1 - hazardsOf[0]) * (1 - hazardsOf[1]), 12)
})

test('good steps are a prm: log-odds of the bad', async () => {
  const model = await open('math-shepherd')
  expect(model.kind.name).toBe('prm')
  const [[first]] = await model.logits([{ ...solution, steps: ['a'] }])
  const good = opinion('Compute 1. Step 1: a ки')
  expect(first).toBeCloseTo(-logit(good), 10)
  const [{ scores, first_error }] = await model.scores([{ ...solution, steps: ['a'] }])
  expect(scores?.min).toBeCloseTo(Math.log(good), 10)
  expect(first_error).toBe(good < 0.5 ? 0 : null)
})

test('an outcome is an orm; raw scores are log-odds, kept to the last digit', async () => {
  const model = await open('scalar-sglang:chatml')
  expect(model.kind.name).toBe('orm')
  const text = '<|im_start|>user\nCompute 1.<|im_end|>\n<|im_start|>assistant\na\n\nb<|im_end|>\n'
  expect(await model.logits([solution])).toEqual([[-logit(opinion(text)), -logit(opinion(text))]])
  const [{ p_correct }] = await model.scores([solution])
  expect(p_correct).toBeCloseTo(opinion(text), 12)
})

test.each([0, 1])('a probability that was rounded to %i is finite all the same', async (number) => {
  const rows = (answer: { data: { data: number[][] }[] }) => {
    for (const { data } of answer.data) for (const row of data) row[0] = number
    return answer
  }
  const model = await open('hazard-head', { mishap: () => ({ spoilt: rows }) })
  const [readOuts] = await model.logits([solution])
  expect(readOuts.every(Number.isFinite)).toBe(true)
  expect(JSON.stringify(readOuts)).not.toContain('null')
  const [{ score, hazards }] = await model.scores([solution])
  expect(Number.isFinite(score)).toBe(true)
  expect(hazards?.every((hazard) => hazard > 0 && hazard < 1)).toBe(true)
})

test('a text that the server refuses does not fit, and the check names the row; a server that is down is no such thing', async () => {
  let down = false
  const { url, requests } = await start(played['hazard-head'], {
    longest: 100,
    mishap: () => (down ? { status: 500 } : undefined),
  })
  const model = await rewardAt(url, 'hazard-head')
  const long = { problem: 'Compute 1.', steps: ['x'.repeat(200)] }
  expect(await Promise.all([long, solution].map((each) => model.fits(each)))).toEqual([false, true])
  await expect(model.check(long, 'rows.jsonl:3')).rejects.toThrow(/^rows\.jsonl:3: .*maximum context length/)
  await expect(model.check(long, 'rows.jsonl:3')).rejects.toThrow(InputError)
  await model.check(solution)
  const asked = requests.length
  await model.logits([solution])
  expect(requests.length).toBe(asked)
  down = true
  const other = { ...solution, problem: 'Compute 2.' }
  expect(await model.fits(other)).toBe(true)
  await expect(model.check(other)).rejects.toThrow('no answer')
  await expect(model.logits([other])).rejects.toThrow('no answer')
})

test('what it is called says all that decides its numbers', async () => {
  expect((await open('hazard-head')).identity).toBe('hazard-head of prm')
  expect((await open('yes-no-vllm:chatml')).identity).toBe('yes-no-vllm {"chat":"chatml"} of prm')
})
