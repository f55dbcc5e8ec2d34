import { existsSync, writeFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import type { ChatBody, ScriptedServer } from '../endpoint/scripted-server.fixture.ts'
import { judgeDesk } from './judge-desk.fixture.ts'
import { linesIn } from './kill.fixture.ts'
import { referee } from './referee.fixture.ts'
import { ended, startAssay } from './run.fixture.ts'

const { folder, inFolder, assay, serve } = judgeDesk()

function writePairs(count: number): void {
  const rows = Array.from({ length: count }, (_, i) => {
    const responses = [`quality ${10 + i}`, `quality ${50 - i}`]
    return `${JSON.stringify({ id: `p${i}`, query: 'Which is better?', responses })}\n`
  })
  writeFileSync(inFolder('pairs.jsonl'), rows.join(''))
}

/** What a request asks, whoever asks it. */
const questionOf = ({ messages, seed }: Pick<ChatBody, 'messages' | 'seed'>) =>
  JSON.stringify([messages, seed])

test('--cache: nothing is paid for twice, by runs of other outputs and options', async () => {
  const server = await serve(referee)
  writePairs(5)
  const judge = (...more: string[]) =>
    assay(['judge', 'pairs.jsonl', '--judge', server.url, '--model', 'm', '--cache', 'kept', ...more])
  const first = await judge()
  expect([first.code, first.out.split('\n').length, server.requests.length]).toEqual([0, 6, 5])
  expect(await judge()).toEqual(first)
  expect((await judge('--out', 'out.jsonl')).code).toBe(0)
  expect(linesIn(inFolder('out.jsonl'))).toEqual(first.out.trim().split('\n'))
  expect([server.requests.length, existsSync(inFolder('out.jsonl.replies'))]).toEqual([5, false])
  // of both orders one is there
  expect((await judge('--both-orders')).code).toBe(0)
  expect(server.requests.length).toBe(10)
  expect((await judge('--temperature', '0')).code).toBe(0)
  expect(server.requests.length).toBe(15)
  expect(new Set(linesIn(inFolder('kept/replies.jsonl'))).size).toBe(15)
})

test('two servers, one dies half-way: the other takes over, and each pair is judged once', async () => {
  const [count, answered] = [80, 15]
  const dying = await serve((body, index) => (index < answered ? referee(body) : { hang: true }))
  const [healthy, whole] = await Promise.all([serve(referee), serve(referee)])
  writePairs(count)
  const args = (out: string, ...urls: string[]) => [
    ...['judge', 'pairs.jsonl', '--model', 'm', '--out', out, '--judge', urls.join()],
  ]
  const wholeRun = assay(args('whole.jsonl', whole.url))
  const run = ended(startAssay(folder(), args('out.jsonl', dying.url, healthy.url)))

  const asked = (server: ScriptedServer) => server.requests.map(({ body }) => questionOf(body))
  const onDisk = () =>
    new Set(
      linesIn(inFolder('out.jsonl.replies/replies.jsonl')).map((line) =>
        questionOf(JSON.parse(line).request),
      ),
    )
  await vi.waitUntil(
    () => {
      const [kept, given] = [onDisk(), asked(dying).slice(0, answered)]
      return dying.requests.length > answered && given.every((question) => kept.has(question))
    },
    { timeout: 50_000, interval: 20 },
  )
  await dying.close()

  expect([(await run).code, (await wholeRun).code]).toEqual([0, 0])
  const judged = linesIn(inFolder('out.jsonl'))
  expect(judged).toHaveLength(count)
  expect(judged).toEqual(linesIn(inFolder('whole.jsonl')))
  // the dead one's open calls and its later ones went to the other, once each
  const paid = [...asked(dying).slice(0, answered), ...asked(healthy)]
  expect(paid.toSorted()).toEqual(asked(whole).toSorted())
  expect(dying.requests.length).toBeGreaterThan(answered)
})

test('an address that is wrong, or requests that nobody wants, end a run with one error', async () => {
  writePairs(200)
  const page = await serve([{ status: 405, body: { detail: 'Method Not Allowed' } }])
  const strict = await serve([{ status: 400, body: { error: { message: "Unsupported parameter: 'seed'" } } }])
  const [wrong, refused] = await Promise.all(
    [page, strict].map(({ url }) => assay(['judge', 'pairs.jsonl', '--judge', url, '--model', 'm'])),
  )
  expect([wrong.code, wrong.out, wrong.err.match(/^error: /gm)]).toEqual([2, '', ['error: ']])
  expect(wrong.err).toContain('405: the server refuses the request: Method Not Allowed')
  expect([refused.code, refused.out]).toEqual([2, ''])
  expect(refused.err).toContain('16 calls in a row failed, the last one so: ')
  expect(refused.err).toContain("Unsupported parameter: 'seed'")
  expect(strict.requests.length).toBeLessThan(64)
})
