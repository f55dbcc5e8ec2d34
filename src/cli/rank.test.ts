import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { describe, expect, test, vi } from 'vitest'
import { jsonLines } from '../data/jsonl.ts'
import type { ScriptedServer } from '../endpoint/scripted-server.fixture.ts'
import { columnsOf } from '../report/text.ts'
import { judgeDesk } from './judge-desk.fixture.ts'
import { killAssay, linesIn } from './kill.fixture.ts'
import { qualities, referee } from './referee.fixture.ts'
import { ended, parsed, startAssay } from './run.fixture.ts'

const { folder, inFolder, textOf, assay, serve } = judgeDesk()

const rank = (server: ScriptedServer, ...args: string[]) => [
  'rank',
  ...args,
  '--judge',
  server.url,
  '--model',
  'm',
]

const contest = (id: string, ...qualities: number[]) => ({
  id,
  query: `Which is best for ${id}?`,
  responses: qualities.map((quality) => `quality ${quality}`),
})

test('says the calls before it starts; ranking, ratings with intervals, wins, tokens, row for row', async () => {
  const server = await serve(referee)
  const rows = [{ ...contest('a', 3, 9, 5), topic: 'maths' }, contest('b', 2, 1)]
  writeFileSync(inFolder('candidates.jsonl'), jsonLines(rows))
  const args = ['candidates.jsonl', '--tournament', 'bradley-terry', '--json']
  const { out, err, code } = await assay(rank(server, ...args))
  expect([err, code]).toEqual([
    '2 contests of 5 responses: 4 calls of the judge, and at most 4 more for games without a verdict\n' +
      '2 ranked: 2 with a winner; 4 calls, 80 tokens\n',
    0,
  ])
  const [first, second] = parsed(out)
  expect(first).toMatchObject({
    id: 'a',
    topic: 'maths',
    responses: [
      { id: '0', text: 'quality 3' },
      { id: '1', text: 'quality 9' },
      { id: '2', text: 'quality 5' },
    ],
    ranking: ['1', '2', '0'],
    winner: '1',
    wins: [
      [0, 0, 0],
      [1, 0, 1],
      [1, 0, 0],
    ],
    calls: 3,
    tokens: 60,
  })
  for (const { value, low, high } of first.ratings) {
    expect(low).toBeLessThan(value)
    expect(high).toBeGreaterThan(value)
  }
  expect(first.matches).toHaveLength(3)
  for (const { pair, score, games } of first.matches) {
    const [{ shown, winner, non_verdict, tokens }] = games
    expect([shown, winner, non_verdict, tokens]).toEqual([pair, pair[score === 1 ? 0 : 1], null, 20])
  }
  expect(second).toMatchObject({ id: 'b', ranking: ['0', '1'], winner: '0' })
  expect(server.requests).toHaveLength(4)
})

test('says the calls before it starts, of what comes from a pipe too, and reads a pipe once', async () => {
  const silent = await serve([{ hang: true }])
  const child = startAssay(folder(), rank(silent, '-', '--tournament', 'elo', '--votes', '3'))
  const done = ended(child)
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said += chunk
  })
  child.stdin?.end(jsonLines([contest('a', 3, 9, 5), contest('b', 2, 1)]))
  await vi.waitUntil(() => said.includes('\n'), { timeout: 50_000 })
  child.kill('SIGTERM')
  await done
  expect(said).toMatch(/^2 contests of 5 responses: 12 calls of the judge, and at most 12 more/)

  const server = await serve(referee)
  const rows = jsonLines([contest('a', 3, 9, 5), contest('b', 2, 1)])
  writeFileSync(inFolder('candidates.jsonl'), rows)
  const file = await assay(rank(server, 'candidates.jsonl', '--json'))
  expect(file.err).toContain('2 contests of 5 responses: 3 calls of the judge')
  expect(await assay(rank(server, '-', '--json'), rows)).toEqual(file)
  execFileSync('mkfifo', [inFolder('fifo')])
  const [piped] = await Promise.all([
    assay(rank(server, 'fifo', '--json')),
    writeFile(inFolder('fifo'), rows),
  ])
  expect(piped).toEqual(file)

  // and a fault is found before anything is paid for
  const asked = server.requests.length
  expect(await assay(rank(server, '-', '--json'), `${rows}{}\n`)).toMatchObject({ out: '', code: 2 })
  expect(server.requests.length).toBe(asked)
})

test('teams and a cascade save calls, votes and both orders cost them, as said before', async () => {
  const server = await serve(referee)
  const responses = [1, 2, 3, 4, 5, 6].map((quality) => ({
    text: `quality ${quality}`,
    answer: quality % 2 === 0 ? '4' : `${quality}`,
    score: -quality,
  }))
  const input = jsonLines([{ id: 'a', query: 'Which?', responses }])
  writeFileSync(inFolder('candidates.jsonl'), input)
  const runs = [
    [['--teams'], '3 calls', 3],
    [['--cascade', '2.5'], '2 calls', 2],
    [['--cascade', '0.5'], '0 calls', 0],
    [['--votes', 'adaptive', '--most-votes', '4'], '10 to 20 calls', 10],
    [['--both-orders', '-t', 'swiss'], '18 calls', 18],
  ] as const
  const ran = await Promise.all(
    runs.map(([args]) => assay(rank(server, 'candidates.jsonl', '--json', ...args))),
  )
  for (const [i, { out, err, code }] of ran.entries()) {
    expect(code).toBe(0)
    expect(err).toContain(`1 contests of 6 responses: ${runs[i][1]} of the judge`)
    expect(parsed(out)[0].calls).toBe(runs[i][2])
  }
  // the best is on the team that does not lead by score: a cascade trusts the scores
  expect(ran.map(({ out }) => parsed(out)[0].winner)).toEqual([expect.any(String), '2', '0', '5', '5'])
})

describe('in the terminal', () => {
  test('a bracket, and drawn into a folder; whatever the names, they steer nothing and name no file', async () => {
    const server = await serve(referee)
    const responses = [
      { id: '../../evil', text: 'quality 4' },
      { id: '\x1b[2J\nWinner: Mallory', text: 'quality 9\x1b]0;owned\x07 </text><script>x</script>' },
      { id: 'c\u202ed\u009b2J', text: 'quality 7' },
    ]
    const rows = [{ id: '../../up\x1b[31m', query: '\x1b[31mWhich?\u202e', responses }, contest('b', 5)]
    writeFileSync(inFolder('candidates.jsonl'), `\n${jsonLines(rows)}`)
    const { out, err, code } = await assay(rank(server, 'candidates.jsonl', '--svg', 'brackets/deep'))
    expect(code).toBe(0)
    for (const text of [out, err, textOf('brackets/deep/2.svg')])
      expect(text).not.toMatch(/(?!\n)\p{Cc}|\u202e/u)
    expect(out.match(/^Winner: /gm)).toHaveLength(2)
    expect(out).toContain('Winner: ␛[2J Winner: Mallory')
    expect(out).toContain('2 calls, 40 tokens')
    expect(out).toContain('┐')
    for (const line of out.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(80)
    expect(readdirSync(folder()).sort()).toEqual(['brackets', 'candidates.jsonl'])
    expect(readdirSync(inFolder('brackets/deep')).sort()).toEqual(['2.svg', '3.svg'])
    expect(textOf('brackets/deep/2.svg')).not.toContain('<script')
  })

  test('who beat whom and ratings where there is no bracket; nobody wins without a verdict', async () => {
    const server = await serve((body) => (Math.min(...qualities(body)) < 3 ? { say: 'Hm.' } : referee(body)))
    const input = jsonLines([contest('a', 3, 9, 5), contest('b', 1, 2)])
    const { out, err } = await assay(rank(server, '-', '-t', 'elo'), input)
    expect(out).toMatch(/^1 1: quality 9 {2}· {2}1 {2}1$/m)
    expect(out).toMatch(/^ {4}1 {2}1: quality 9 +2 +2 +1531$/m)
    expect(out).toContain('Winner: 1: quality 9\n3 calls, 60 tokens\n')
    expect(out).toContain('No winner: no verdict puts one response before all others.\n')
    expect(out).toContain('2 calls, 10 tokens; 1 matches without a verdict')
    expect(err).toBe(
      '2 contests of 5 responses: 4 calls of the judge, and at most 4 more for games without a verdict\n' +
        '2 ranked: 1 with a winner; 5 calls, 70 tokens; games without a verdict: 2 unparseable\n',
    )
  })
})

test('a contest with a call that fails is told, not written, and costs only what is missing the next time', async () => {
  let refuses = true
  const server = await serve((body) =>
    refuses && Math.max(...qualities(body)) === 7 ? { status: 400, body: 'no\x1b[2J' } : referee(body),
  )
  writeFileSync(
    inFolder('candidates.jsonl'),
    jsonLines([contest('a', 1, 2, 3), contest('bad\n', 7, 6, 5), contest('c', 4)]),
  )
  const args = rank(server, 'candidates.jsonl', '-t', 'bradley-terry', '--out', 'out.jsonl', '--json')
  const first = await assay(args)
  expect(first.code).toBe(1)
  expect(JSON.parse(first.out)).toMatchObject({
    contests: 2,
    with_winner: 2,
    failed: 1,
    calls: 3,
    tokens: 60,
  })
  expect(first.err).toContain(String.raw`error: candidates.jsonl:2: "bad\n" is not ranked: `)
  expect(first.err).not.toContain('\x1b')
  expect(parsed(textOf('out.jsonl')).map(({ id }) => id)).toEqual(['a', 'c'])
  refuses = false
  const asked = server.requests.length
  const again = await assay(args)
  expect(again.err).toBe(
    '1 contests of 3 responses: 3 calls of the judge, and at most 3 more for games without a verdict\n',
  )
  expect(JSON.parse(again.out)).toMatchObject({ contests: 3, failed: 0, resumed: 2, calls: 6 })
  expect(server.requests.length - asked).toBe(2)
  const other = await assay([...args, '--teams'])
  expect([other.code, other.err]).toEqual([
    2,
    expect.stringContaining('out.jsonl:1: was made with other settings'),
  ])
})

test('a recorded run is replayed byte for byte, the server gone', async () => {
  const server = await serve((body) => (body.seed % 4 === 0 ? { say: 'Hm.' } : referee(body)))
  writeFileSync(inFolder('candidates.jsonl'), jsonLines([contest('a', 3, 9, 5, 7, 1), contest('b', 2, 1, 8)]))
  const args = ['rank', 'candidates.jsonl', '-t', 'seeded', '--model', 'm', '--svg']
  const live = await assay([...args, 'live', '--judge', server.url, '--record', 'run'])
  await server.close()
  expect(live.code).toBe(0)
  expect(await assay([...args, 'again', '--replay', 'run'])).toEqual(live)
  for (const file of ['1.svg', '2.svg']) expect(textOf(`again/${file}`)).toBe(textOf(`live/${file}`))
})

const question = ({ messages, seed }: { messages: object; seed: number }) => JSON.stringify([messages, seed])

test('kill -9: the same ranking, and no reply that reached the disk is paid for twice', async () => {
  const contests = Array.from({ length: 100 }, (_, i) => contest(`c${i}`, ...[1, 2, 3, 4].map((k) => k + i)))
  const [whole, server] = await Promise.all([
    serve(referee),
    serve((body) => ({ ...referee(body), after: 60 })),
  ])
  writeFileSync(inFolder('candidates.jsonl'), jsonLines(contests))
  const wholeRun = assay(rank(whole, 'candidates.jsonl', '--out', 'whole.jsonl'))
  const args = rank(server, 'candidates.jsonl', '--out', 'out.jsonl')
  const journal = inFolder('out.jsonl.replies/replies.jsonl')
  const signal = await killAssay(folder(), args, journal, 120)
  expect([signal, (await wholeRun).code]).toEqual(['SIGKILL', 0])
  const onDisk = new Set(linesIn(journal).map((line) => question(JSON.parse(line).request)))
  expect(onDisk.size).toBeLessThan(300)
  expect((await assay(args)).code).toBe(0)
  expect(textOf('out.jsonl')).toBe(textOf('whole.jsonl'))
  const asked = new Map<string, number>()
  for (const { body } of server.requests) asked.set(question(body), (asked.get(question(body)) ?? 0) + 1)
  expect(asked.size).toBe(300)
  for (const [each, times] of asked)
    if (onDisk.has(each)) expect(times).toBe(1)
    else expect(times).toBeLessThanOrEqual(2)
})

test('bad rows are named by file and line before anything is paid for, or left out with --keep-going', async () => {
  const server = await serve(referee)
  const rows = [
    contest('a', 2, 1),
    { id: 'b', query: 'Which?', responses: ['x', { text: 'y', id: '0' }] },
    contest('a', 4, 3),
    { id: 'c', query: 'Which?', responses: [] },
    contest('d', 1, 2),
  ]
  writeFileSync(inFolder('bad.jsonl'), jsonLines(rows))
  const stopped = await assay(rank(server, 'bad.jsonl', '--json'))
  expect(stopped).toEqual({
    out: '',
    err: 'error: bad.jsonl:2: responses must have different ids\n',
    code: 2,
  })
  expect(server.requests).toHaveLength(0)
  const { out, err, code } = await assay(rank(server, 'bad.jsonl', '--json', '--keep-going'))
  expect([parsed(out).map(({ id, winner }) => [id, winner]), code]).toEqual([
    [
      ['a', '0'],
      ['d', '1'],
    ],
    1,
  ])
  expect(err.match(/error: bad\.jsonl:\d/g)).toEqual([2, 3, 4].map((line) => `error: bad.jsonl:${line}`))
  expect(err).toContain('2 contests of 4 responses: 2 calls')
  expect(err).toContain('2 ranked: 2 with a winner; 2 calls, 40 tokens; 3 bad rows left out')
})

test('usage errors say what to do', async () => {
  writeFileSync(inFolder('candidates.jsonl'), jsonLines([contest('a', 1)]))
  writeFileSync(inFolder('file'), '')
  const named = ['--judge', 'http://127.0.0.1:9', '--model', 'm']
  const cases: [string[], string][] = [
    [['candidates.jsonl', '--model', 'm'], '--model is for a judge on a server, and none is named'],
    [['candidates.jsonl', ...named, '-t', 'chess'], 'Allowed choices are knockout, seeded, swiss, elo'],
    [['candidates.jsonl', ...named, '--cascade', '-1'], 'Must be at least 0.'],
    [['candidates.jsonl', ...named, '--svg', 'file'], 'file: cannot be made a folder (EEXIST)'],
    [['nowhere.jsonl', ...named], 'nowhere.jsonl: no such file'],
  ]
  const runs = await Promise.all(cases.map(([args]) => assay(['rank', ...args])))
  for (const [i, { out, err, code }] of runs.entries()) {
    expect({ out, code }, cases[i][0].join(' ')).toEqual({ out: '', code: 2 })
    expect(err).toContain(cases[i][1])
  }
})
