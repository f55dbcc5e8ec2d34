import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import type { TrainingState } from '../tensor/trainer.ts'
import { runTraining } from './training.ts'

const scratch = scratchFolder()

/** Runs the fixture in `folder`; kill -9 as soon as it has printed `killAfter` steps. Returns its lines and errors. */
async function train(folder: string, killAfter = Number.POSITIVE_INFINITY, peak = 1e-2) {
  const fixture = fileURLToPath(new URL('./training.fixture.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', fixture, join(scratch, folder), String(peak)])
  const errors: Buffer[] = []
  child.stderr.on('data', (data) => errors.push(data))
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === killAfter) child.kill('SIGKILL')
  }
  return { lines, errors: Buffer.concat(errors).toString() }
}

const stepOf = (line: string) => Number(line.split(' ')[0])

it('training that is killed again and again ends bit for bit as training that was left alone', async () => {
  const whole = await train('whole')
  expect(whole.lines.at(-1)).toMatch(/^done [0-9a-f]{64}/)

  const first = await train('killed', 17)
  const second = await train('killed', 40)
  const third = await train('killed')
  for (const { lines } of [first, second]) expect(lines.at(-1)).not.toContain('done')
  // The state is saved behind each step, so at most the step that was printed when the kill came is done again.
  expect(stepOf(second.lines[0])).toBeGreaterThanOrEqual(17)
  expect(stepOf(third.lines[0])).toBeGreaterThan(40)
  const losses = new Map(
    [...first.lines, ...second.lines, ...third.lines.slice(0, -1)].map((line) => [stepOf(line), line]),
  )
  expect([...losses.values()]).toEqual(whole.lines.slice(0, -1))
  expect(third.lines.at(-1)).toBe(whole.lines.at(-1))
}, 120_000)

it('a folder with another run is refused, and learning lowers the loss', async () => {
  const { lines } = await train('whole')
  const history = JSON.parse(lines.at(-1)?.split(' ').slice(2).join(' ') as string)
  expect(history.at(-1).metrics.loss).toBeLessThan(history[0].metrics.loss)
  const other = await train('whole', undefined, 5e-3)
  expect(other.errors).toContain('holds a training run with other settings: peak is 0.01 there, not 0.005\n')
}, 60_000)

/** Twenty steps of a trainer whose losses, in training and on validation, and one weight are what `at` says of each step. */
function trainLike(
  at: (step: number) => { loss?: number; validation?: number; weight?: number },
  name: string,
) {
  const of = (step: number) => ({ loss: 1, validation: 1, weight: 0, ...at(step) })
  const create = async ({ step }: TrainingState) => ({
    step: async () => ({ loss: of(++step).loss }),
    get state() {
      const one = () => new Float32Array([of(step).weight])
      return { step, parameters: one(), momentum: one(), variance: one() }
    },
    close: async () => {},
  })
  return runTraining({
    directory: join(scratch, name),
    fingerprint: '{}',
    shape: { steps: 20, warmup: 2, peak: 5 },
    initial: () => new Float32Array(1),
    create,
    window: () => [{ tokens: 1, feeds: () => ({}) }],
    evaluate: {
      every: 5,
      run: async ([weight]) => ({ loss: of(20).weight === weight ? of(20).validation : 1, metrics: {} }),
    },
  })
}

describe('a training that diverged says so, and what to do', () => {
  const lower = /Lower --peak, the highest learning rate \(it was 5\)/

  it.each([
    ['a loss that is no number', { loss: Number.NaN }, 'the loss became NaN at step 1'],
    ['no loss on validation that is one', { validation: Number.NaN }, 'no loss on validation is a number'],
    ['an infinite one', { validation: Infinity }, 'no loss on validation is a number'],
    ['weights that no checkpoint holds', { weight: -1.19e17 }, 'a weight is -1.19e+17 at step 5'],
    ['weights that are no numbers', { weight: Number.NaN }, 'parameters became NaN at step 20'],
  ])('%s', async (name, at, sign) => {
    const training = trainLike(() => at, name)
    await expect(training).rejects.toThrow(InputError)
    await expect(training).rejects.toThrow(`training diverged: ${sign}`)
    await expect(training).rejects.toThrow(lower)
  })

  it('but not where it ends with a step from before', async () => {
    const late = (step: number) => (step < 20 ? { weight: 3 } : { weight: 1e9, validation: Number.NaN })
    const { step, parameters, history } = await trainLike(late, 'late')
    expect([step, ...parameters]).toEqual([5, 3])
    expect(history.map(({ metrics }) => metrics.loss)).toEqual([1, 1, 1, Number.NaN])
  })
})
