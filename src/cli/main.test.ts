import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { taskNamed } from '../tasks/index.ts'

const bin = fileURLToPath(new URL('../../bin/assay.mjs', import.meta.url))
const folder = scratchFolder()

function start(args: string[], env: Record<string, string> = {}): ChildProcess {
  const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env
  return spawn(process.execPath, [bin, ...args], { cwd: folder, env: { ...inherited, ...env } })
}

async function finish(child: ChildProcess) {
  const [out, err, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close'),
  ])
  return { out, err, code }
}

function assay(args: string[], input = '', env: Record<string, string> = {}) {
  const child = start(args, env)
  child.stdin!.on('error', () => {}).end(input)
  return finish(child)
}

const problems = [0, 1, 2].map((index) => taskNamed('arithmetic').problem('test', index))
const rows = problems.flatMap(({ id, problem, truth }) => [
  { id, problem, steps: [`Answer: ${truth}`], source: 'test' },
  { id, problem, steps: ['Check: 1', 'Answer: 123456'] },
])
const lines = rows.map((row) => `${JSON.stringify(row)}\n`)

test('--version, --help and no command at all', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(await assay(['--version'])).toEqual({ out: `${version}\n`, err: '', code: 0 })
  const help = await assay(['--help'])
  expect(help).toMatchObject({ err: '', code: 0 })
  expect(help.out).toContain('label ')
  expect(await assay([])).toEqual(help)
})

test('help of a command shows its options, --json and examples', async () => {
  const help = await assay(['label', '--help'])
  expect(help).toMatchObject({ err: '', code: 0 })
  for (const part of ['--keep-going', '--json', 'Examples:\n  assay label']) expect(help.out).toContain(part)
  expect(await assay(['help', 'label'])).toEqual(help)
})

test.each([
  [['lable'], "error: unknown command 'lable'\n(Did you mean label?)"],
  [['label'], "error: missing required argument 'file'"],
  [['label', 'x', '--hot'], "error: unknown option '--hot'"],
  [['label', 'nowhere.jsonl'], 'error: nowhere.jsonl: no such file\n'],
  [['label', 'x', '--out', 'x'], 'error: x: is the input, too\n  Name another file with --out.\n'],
])('%j is a usage error', async (args, message) => {
  const { out, err, code } = await assay(args)
  expect({ out, code }).toEqual({ out: '', code: 2 })
  expect(err).toContain(message)
  expect(err).not.toContain('    at ')
})

test('label reads standard input and adds its labels to each row', async () => {
  const { out, err, code } = await assay(['label', '-'], lines.join(''))
  expect({ err, code }).toEqual({ err: '6 labelled: 3 right, 3 wrong\n', code: 0 })
  const labelled = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(labelled.slice(0, 2)).toEqual([
    { ...rows[0], correct: true, first_error: null, answer: problems[0].truth },
    { ...rows[1], correct: false, first_error: 1, answer: '123456' },
  ])
})

test('label stops at a bad row, naming it; what came before is written', async () => {
  const { out, err, code } = await assay(['label', '-'], `${lines[0]}{"id":"a","problem":"b","steps":[""]}\n`)
  expect(out.trim().split('\n')).toHaveLength(1)
  expect({ err, code }).toEqual({
    err: 'error: standard input:2: steps[0] must be a non-empty string\n',
    code: 2,
  })
})

test('label --keep-going leaves bad rows out and says so', async () => {
  const unknown = JSON.stringify({ ...rows[0], id: 'nobody/knows/1' })
  const { out, err, code } = await assay(
    ['label', '-', '--keep-going'],
    `${lines[0]}[]\n${unknown}\n${lines[1]}`,
  )
  expect(out.trim().split('\n')).toHaveLength(2)
  expect(err).toContain('error: standard input:2: the row must be an object')
  expect(err).toContain('error: standard input:3: ')
  expect(err).toContain('2 labelled: 1 right, 1 wrong; 2 bad rows left out\n')
  expect(code).toBe(1)
})

test('label --out goes on where a killed run stopped, and --json is its summary', async () => {
  writeFileSync(join(folder, 'in.jsonl'), lines.join(''))
  const args = ['label', 'in.jsonl', '--out', 'out.jsonl', '--json']
  const first = await assay(args)
  expect(JSON.parse(first.out)).toEqual({ rows: 6, correct: 3, wrong: 3, bad: 0, resumed: 0 })
  const whole = readFileSync(join(folder, 'out.jsonl'), 'utf8')
  writeFileSync(join(folder, 'out.jsonl'), whole.slice(0, whole.length * 0.6))
  const { resumed, rows } = JSON.parse((await assay(args)).out)
  expect(resumed).toBeGreaterThan(0)
  expect(resumed + rows).toBe(6)
  expect(readFileSync(join(folder, 'out.jsonl'), 'utf8')).toBe(whole)
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s while a command waits for more input: rows so far are saved, exit code %i',
  async (signal, expected) => {
    const file = join(folder, `${signal}.jsonl`)
    const child = start(['label', '-', '--out', file])
    const done = finish(child)
    child.stdin!.write(lines.join('').repeat(50))
    await vi.waitUntil(() => existsSync(file) && statSync(file).size > 0, { timeout: 30_000 })
    child.kill(signal)
    const { err, code } = await done
    expect({ err, code }).toEqual({ err: 'interrupted\n', code: expected })
    const saved = readFileSync(file, 'utf8').trim().split('\n')
    expect(saved.length).toBeGreaterThanOrEqual(256)
    for (const line of saved) expect(JSON.parse(line)).toHaveProperty('correct')
  },
)

test('a reader that closes the pipe early is no crash', async () => {
  const child = start(['label', '-'])
  child.stdin!.on('error', () => {}).end(lines.join('').repeat(2000))
  const closed = once(child, 'close')
  const err = text(child.stderr!)
  await once(child.stdout!, 'data')
  child.stdout!.destroy()
  const [code, signal] = await closed
  expect({ code, signal, err: await err }).toEqual({ code: 0, signal: null, err: '' })
})

test('colours only where asked for', async () => {
  expect((await assay(['--help'])).out).not.toContain('\x1b')
  expect((await assay(['--help'], '', { FORCE_COLOR: '1' })).out).toContain('\x1b')
  expect((await assay(['--help'], '', { FORCE_COLOR: '1', NO_COLOR: '1' })).out).not.toContain('\x1b')
})
