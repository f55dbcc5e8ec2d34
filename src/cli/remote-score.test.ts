import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { jsonLines } from '../data/jsonl.ts'
import { scratchFolder } from '../data/scratch.fixture.ts'
import {
  opinion,
  played,
  type RewardServer,
  type RewardServerOptions,
  rewardServer,
} from '../endpoint/rewards/reward-server.fixture.ts'
import { linesIn } from './kill.fixture.ts'
import { patient, severalCommands } from './remote.fixture.ts'
import { assayIn, ended, parsed, startAssay } from './run.fixture.ts'

const folder = scratchFolder()
const assay = assayIn(folder)
const servers: RewardServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function serve(dialect: string, options: RewardServerOptions = {}) {
  const server = await rewardServer(played[dialect], options)
  servers.push(server)
  return { server, args: ['--reward', server.url, '--dialect', dialect] }
}

const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `r${i}`, problem: `Compute ${i}.`, steps: ['a', `b${i}`] }))

test('rows in order, with the numbers of the model; many to a request', async () => {
  const { server, args } = await serve('hazard-head')
  const { out, err, code } = await assay(['score', '-', ...args], jsonLines(rowsOf(150)))
  expect([patient(err), code]).toEqual([expect.stringMatching(/^150 scored: /), 0])
  const scored = parsed(out)
  expect(scored.map(({ id }) => id)).toEqual(rowsOf(150).map(({ id }) => id))
  const text = '<|problem|>Compute 7.<|solution|>a'
  expect(scored[7].hazards).toEqual(
    [opinion(text), opinion(`${text}<|step|>b7`)].map((hazard) => expect.closeTo(hazard, 5)),
  )
  // each row once, beside the two texts of the probe
  expect(server.texts.length).toBe(152)
  expect(server.requests.length).toBeLessThan(12)
})

test('a row that the server does not read is named by its line; --keep-going leaves it out', {
  timeout: severalCommands,
}, async () => {
  const { args } = await serve('hazard-head', { longest: 200 })
  const rows = rowsOf(5)
  rows[3].steps[0] = 'x'.repeat(300)
  const text = `${jsonLines(rows.slice(0, 2))}{"id":\n${jsonLines(rows.slice(2))}`
  const stopped = await assay(['score', '-', ...args], jsonLines(rows))
  expect(parsed(stopped.out).map(({ id }) => id)).toEqual(['r0', 'r1', 'r2'])
  expect([stopped.code, stopped.err]).toEqual([
    2,
    expect.stringMatching(/^error: standard input:4: .*400: .*maximum context length is 200 tokens/),
  ])
  const going = await assay(['score', '-', '--keep-going', ...args], text)
  expect(parsed(going.out).map(({ id }) => id)).toEqual(['r0', 'r1', 'r2', 'r4'])
  expect(going.code).toBe(1)
  expect(going.err).toContain('standard input:3: not valid JSON')
  expect(going.err).toContain('standard input:5: ')
  expect(going.err).toContain('2 bad rows left out')
})

test('a server that dies ends the run with what it says, and the same command goes on', {
  timeout: severalCommands,
}, async () => {
  writeFileSync(join(folder, 'in.jsonl'), jsonLines(rowsOf(200)))
  let left = 3
  const { server, args } = await serve('hazard-head', {
    mishap: () => (left-- > 0 ? undefined : { status: 400 + 1, body: { error: { message: 'gone' } } }),
  })
  const command = ['score', 'in.jsonl', '--out', 'out.jsonl', '--json', ...args]
  const died = await assay(command)
  expect([died.out, died.code]).toEqual(['', 2])
  expect(died.err).toContain('gone')
  const there = linesIn(join(folder, 'out.jsonl')).length
  expect(there).toBeLessThan(200)
  left = Number.POSITIVE_INFINITY
  const asked = server.texts.length
  const { out, code } = await assay(command)
  expect([JSON.parse(out), code]).toMatchObject([{ rows: 200 - there, resumed: there }, 0])
  expect(server.texts.length - asked).toBe(200 - there + 2)
  const ids = parsed(readFileSync(join(folder, 'out.jsonl'), 'utf8')).map(({ id }) => id)
  expect(ids).toEqual(rowsOf(200).map(({ id }) => id))
})

test('Ctrl-C ends a run that waits for a server at once, and keeps what there is', async () => {
  let hangs = false
  const { server, args } = await serve('hazard-head', {
    mishap: (index) => (hangs && index > 0 ? { hang: true } : undefined),
  })
  hangs = true
  writeFileSync(join(folder, 'hang.jsonl'), jsonLines(rowsOf(10)))
  const child = startAssay(folder, ['score', 'hang.jsonl', '--out', 'hang.out', ...args])
  const done = ended(child)
  await vi.waitFor(() => expect(server.requests.length).toBe(3), { timeout: 50_000 })
  child.kill('SIGINT')
  await once(child, 'exit')
  expect(await done).toMatchObject({ out: '', code: 130, err: expect.stringContaining('interrupted') })
  await vi.waitFor(() => expect(server.abandoned).toBe(1))
})

test('kinds without hazards give their read-outs', async () => {
  const scored = await Promise.all(
    ['qwen-math-prm', 'scalar-vllm'].map(async (dialect) => {
      const { args } = await serve(dialect)
      return parsed((await assay(['score', '-', ...args], jsonLines(rowsOf(2)))).out)
    }),
  )
  expect(scored[0][0]).toEqual({
    id: 'r0',
    score: expect.any(Number),
    p_correct: expect.any(Number),
    first_error: expect.toSatisfy((value) => value === null || value < 2),
    scores: {
      min: expect.any(Number),
      prod: expect.any(Number),
      mean: expect.any(Number),
      last: expect.any(Number),
    },
    read_outs: [expect.any(Number), expect.any(Number)],
  })
  const [first] = scored[1]
  expect(Object.keys(first)).toEqual(['id', 'score', 'p_correct', 'read_outs'])
  expect(first.p_correct).toBeCloseTo(opinion('user: Compute 0.\nassistant: a\n\nb0'), 5)
})

test('evaluate: what the server does not read counts as unreadable; kinds without an opinion on steps are refused', {
  timeout: severalCommands,
}, async () => {
  const { args } = await serve('qwen-math-prm', { longest: 600 })
  const row = (id: string, label: number, steps = ['1 + 1 = 2', 'Answer: 2']) => {
    return { id, generator: 'm', problem: `What is ${id}?`, steps, final_answer_correct: label === -1, label }
  }
  writeFileSync(
    join(folder, 'pb.json'),
    JSON.stringify([row('a', -1), row('long', 1, ['y'.repeat(700), 'Answer: 3']), row('c', 0)]),
  )
  const command = ['evaluate', 'processbench', 'pb.json', '--resamples', '20', '--json']
  const { out, err, code } = await assay([...command, ...args])
  expect([patient(err), code]).toEqual(['', 0])
  expect(JSON.parse(out)).toMatchObject({
    reward: args[1],
    solutions: 3,
    unreadable: 1,
    why_unreadable: expect.stringMatching(/^long: .*maximum context length/),
  })
  const outcome = await serve('scalar-vllm')
  const refused = await assay([...command, ...outcome.args])
  expect([refused.code, refused.err]).toEqual([
    2,
    expect.stringContaining('an orm has no opinion on single steps'),
  ])
})
