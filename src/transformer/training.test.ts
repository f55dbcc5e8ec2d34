import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'

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
  expect(other.errors).toContain('holds a training run with other settings')
}, 60_000)
