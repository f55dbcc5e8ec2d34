import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** ms for a program that loads models, on a machine that has much else to do. */
const patience = 180_000

/** Runs a program as people do, without a build; it has to end by itself, and to have nothing to complain about. */
async function run(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  expect({ err, code }).toEqual({ err: '', code: 0 })
  return out
}

const percent = (out: string, line: RegExp) => Number(new RegExp(`${line.source}\\s+(\\d+)%`).exec(out)?.[1])

test('service: the right answer, after all that happened', { timeout: patience }, async () => {
  const lines = (await run('examples/service.ts')).trim().split('\n')
  const events = lines.map((line) => JSON.parse(line))
  expect(events.find(({ type }) => type === 'answer')).toMatchObject({ answer: '35' })
  expect(new Set(events.map(({ type }) => type))).toContain('candidate-pruned')
  const scored = events.filter(({ type }) => type === 'step-scored')
  expect(scored.length).toBeGreaterThan(16)
  for (const { hazard } of scored) expect(hazard > 0 && hazard < 1).toBe(true)
})

test('compare-rewards: a trained reward picks better than chance, and nothing beats the truth', {
  timeout: patience,
}, async () => {
  const out = await run('examples/compare-rewards.ts', '4')
  const [one, crm, any] = [/one sample/, /CRM@8/, /any of 8/].map((line) => percent(out, line))
  expect(crm).toBeGreaterThan(one)
  expect(any).toBeGreaterThanOrEqual(crm)
})

test('dense-reward: rewards add up to P(correct), high and low; no steps, no reward', {
  timeout: patience,
}, async () => {
  const out = await run('examples/dense-reward.ts')
  const sums = Array.from(out.matchAll(/sum (\S+): P\(correct\) (\S+)/g), ([, sum, p]) => [+sum, +p])
  expect(sums).toHaveLength(2)
  for (const [sum, p] of sums) expect(Math.exp(sum)).toBeCloseTo(p, 2)
  expect(sums[0][1]).toBeGreaterThan(0.9)
  expect(sums[1][1]).toBeLessThan(0.1)
  expect(out.match(/^masked$/gm)).toHaveLength(1)
})

test('audit-judge: finds the bias that is there, and that both orders mend it', {
  timeout: patience,
}, async () => {
  const out = await run('examples/audit-judge.ts')
  expect(percent(out, /both orders/)).toBeGreaterThan(percent(out, /one order/))
  expect(percent(out, /the first shown wins/)).toBeGreaterThan(55)
  expect(out).toContain(': 0 of')
})

test('ai-sdk: the best of 16 is right, and a reranker knows', { timeout: patience }, async () => {
  const out = await run('examples/ai-sdk.ts')
  expect(out).toContain('Answer: 3\n')
  expect(out).toContain('best of 16;')
  const scores = Array.from(out.matchAll(/^document \d: ([01]\.\d+)$/gm), ([, score]) => Number(score))
  expect(scores).toEqual(scores.toSorted((a, b) => b - a))
  expect(scores[0]).toBeGreaterThan(0.9)
  expect(scores[2]).toBeLessThan(0.1)
})

test('each is small, and the README knows it', () => {
  const programs = readdirSync(import.meta.dirname).filter((name) => /^[^.]+\.ts$/.test(name))
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
  for (const name of programs) {
    expect(readme).toContain(`[${name}](${name})`)
    expect(readFileSync(join(import.meta.dirname, name), 'utf8').split('\n').length).toBeLessThanOrEqual(60)
  }
  expect(programs).toHaveLength(5)
})

const library = readFileSync(join(root, 'docs/library.md'), 'utf8')
const programs = Array.from(
  library.matchAll(/```ts\n([^`]*)```\n\n```text\n([^`]*)```/g),
  ([, code, prints]) => ({
    name: /import \{ (\w+)/.exec(code)?.[1],
    code,
    prints,
  }),
)

test.each(programs)(
  'docs/library.md: $name prints what it says',
  { timeout: patience },
  async ({ code, prints }) => {
    expect(code.match(/^./gm)?.length).toBeLessThanOrEqual(5)
    expect(await run('--input-type=module', '-e', code)).toBe(prints)
  },
)

test('docs/library.md: those that can run do', () => {
  expect(programs.map(({ name }) => name)).toEqual([
    'bestOfN',
    'beamSearch',
    'score',
    'embeddedScorer',
    'rank',
  ])
})
