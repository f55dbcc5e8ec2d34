import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { assayIn } from './run.fixture.ts'

const folder = scratchFolder()
writeTinyModels(folder)
const assay = assayIn(folder)
const models = ['--policy', 'policy', '--reward', 'reward', '--threads', '1']

test('shows the best solution and the runner-up, at 80 columns; the problem cannot steer the terminal', async () => {
  const { out, err, code } = await assay(['solve', 'Compute 3 + \x1b[31m4.', ...models])
  expect({ err, code }).toEqual({ err: '', code: 0 })
  for (const part of [
    'Compute 3 + ␛[31m4.',
    'Best: ',
    'Runner-up: ',
    'survival',
    'sum of P(correct)',
    'of 16',
  ])
    expect(out).toContain(part)
  expect(out).not.toContain('\x1b')
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})

test('--json holds every attempt; the problem may come from standard input', async () => {
  const { out, code } = await assay(['solve', '-', '-n', '8', '--json', ...models], 'Compute 3 + 4.\n')
  const { problem, ranked, unfinished, winner } = JSON.parse(out)
  expect({ problem, code }).toEqual({ problem: 'Compute 3 + 4.', code: 0 })
  expect(ranked.length + unfinished.length).toBe(8)
  expect(winner).toEqual(ranked[0])
  expect(winner.hazards).toHaveLength(winner.steps.length)
})

test('--reward majority: what most solutions say, with no reward model; not where there is nothing to vote on', async () => {
  const asked = ['solve', 'Compute 3 + 4.', '--policy', 'policy', '--threads', '1', '--reward', 'majority']
  const { out } = await assay([...asked, '--json'])
  const { winner, answers, ranked, made } = JSON.parse(out)
  expect(answers[0].votes).toBe(Math.max(...answers.map(({ votes }: { votes: number }) => votes)))
  expect(winner.p_correct).toBeCloseTo(answers[0].votes / (ranked.length + 1), 12)
  expect(made.reward).toBe('majority')
  expect((await assay([...asked, '--search', 'pruned'])).code).toBe(2)
})

test('nothing finished: says so and fails', async () => {
  // fills the context but for two tokens
  const { out, err, code } = await assay(['solve', '7'.repeat(252), ...models])
  expect({ out, code }).toEqual({ out: '', code: 1 })
  expect(err).toContain('error: none of 16 solutions came to an answer')
  expect(err).toContain('cut short at')
  // more tokens would not help: the context is full
  expect(err).not.toContain('--max-tokens')
})

test('all cut short: the advice is to allow more tokens', async () => {
  const { err, code } = await assay(['solve', 'Compute 3 + 4.', ...models, '-n', '4', '--max-tokens', '1'])
  expect(code).toBe(1)
  expect(err).toContain('  cut short at 1 tokens (seed ')
  expect(err).toMatch(/\nAll of them were cut short, by --max-tokens 1: raise it\.\n$/)
})

test('what cannot be promised, or would do nothing, is refused', async () => {
  const refused = async (...more: string[]) => {
    const { out, err, code } = await assay(['solve', 'Compute 3 + 4.', '--policy', 'policy', ...more])
    expect({ out, code }).toEqual({ out: '', code: 2 })
    return err
  }
  const vote = await refused('--reward', 'majority', '--min-confidence', '0.9')
  expect(vote).toContain('a majority vote states no probability, so it can promise nothing')
  expect(vote).not.toContain('bench confidence')
  expect(await refused('--reward', 'reward', '--calibration', 'x.json')).toContain('Add --min-confidence')
  const pruned = await refused('--reward', 'reward', '--min-confidence', '0.9', '--search', 'pruned')
  expect(pruned).toContain('--min-confidence is for the best of n whole samples')
})

test('no problem, or one that does not fit, is a usage error', async () => {
  expect(await assay(['solve', ' ', ...models])).toEqual({
    out: '',
    err: 'error: the problem is empty\n',
    code: 2,
  })
  const { err, code } = await assay(['solve', '7'.repeat(300), ...models])
  expect(err).toContain("302 tokens; the model's context is 256")
  expect(code).toBe(2)
})

test('a beam search with as many beams as are asked for, diverse or not; they are options of no other search', async () => {
  const beam = ['solve', 'Compute 3 + 4.', '--search', 'beam', '-n', '6', '--beams', '3', '--json', ...models]
  const found = async (...more: string[]) => {
    const { out, err, code } = await assay([...beam, ...more])
    expect([0, 1], err).toContain(code)
    const { ranked, unfinished, search } = JSON.parse(out)
    expect(search).toBe('beam')
    return {
      count: ranked.length + unfinished.length,
      steps: [...ranked, ...unfinished].map(({ steps }) => steps),
    }
  }
  const [plain, diverse] = [await found(), await found('--diverse')]
  expect([plain.count, diverse.count]).toEqual([3, 3])
  expect(diverse.steps).not.toEqual(plain.steps)
  const { err, code } = await assay(['solve', 'Compute 3 + 4.', '--diverse', ...models])
  expect(code).toBe(2)
  expect(err).toContain('--beams and --diverse are for a beam search')
})
