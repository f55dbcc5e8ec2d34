import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { scratchFolder } from '../../data/scratch.fixture.ts'
import { InputError } from '../../reasoning/errors.ts'
import { kindNamed } from '../../reward/kinds/kinds.ts'
import { labKinds } from './kinds.ts'
import { tinyLab } from './lab.fixture.ts'
import { labSamples } from './lab.ts'
import { type LabReward, labRewards } from './rewards.ts'

const scratch = scratchFolder()
const { lab } = tinyLab(scratch)
const samples = await labSamples(lab())
const reward = (name: string, more: Partial<LabReward> = {}): LabReward => {
  return { name, kind: kindNamed('orm'), seed: 1, ...samples, ...more }
}

/** What is made of each reward of a lab, by folder; its training state tells the time, and is left out. */
function made(directory: string): Record<string, (Buffer | null)[]> {
  const folders = readdirSync(join(directory, 'rewards')).sort()
  const read = (file: string) => (existsSync(file) ? readFileSync(file) : null)
  return Object.fromEntries(
    folders.map((folder) => [
      folder,
      ['validation.json', 'assay.json', 'config.json', 'model.safetensors'].map((file) =>
        read(join(directory, 'rewards', folder, file)),
      ),
    ]),
  )
}

it('rewards are the same byte for byte however many are trained at a time', async () => {
  const [one, two] = await Promise.all(
    [1, 2].map(async (threads) => {
      const directory = join(scratch, `threads-${threads}`)
      const { choices, rewards } = await labKinds(lab({ directory, threads }), ['crm'], [1, 2])
      return { choices, names: rewards.map(({ name, seed }) => [name, seed]), made: made(directory) }
    }),
  )
  expect(two).toEqual(one)
  // all that was tried, and two seeds
  expect(Object.keys(one.made)).toHaveLength(one.choices.crm.tried.length + 2)
  expect(Object.values(one.made).flat()).not.toContain(null)
}, 240_000)

it('two that are the same are trained once, and answered twice; progress counts what is left to do', async () => {
  const directory = join(scratch, 'twice')
  const said: unknown[][] = []
  const train = (...rewards: LabReward[]) =>
    labRewards(lab({ directory, threads: 2, report: (...each) => said.push(each) }), 'training', rewards)
  const [first, other, again] = await train(
    reward('first'),
    reward('other', { seed: 2 }),
    reward('called otherwise'),
  )
  expect(again).toEqual(first)
  expect(other.directory).not.toBe(first.directory)
  expect(readdirSync(join(directory, 'rewards'))).toHaveLength(2)
  const total = 2 * samples.train.length
  expect(said.at(-1)).toEqual(['training (2)', total, total, ''])

  said.length = 0
  const [found, fresh] = await train(reward('found'), reward('fresh', { seed: 3 }))
  expect([found, fresh.directory === first.directory]).toEqual([first, false])
  expect(said.at(-1)).toEqual(['training (1)', total / 2, total / 2, ''])
}, 120_000)

it('what is stopped midway goes on there, and ends with the same bytes', async () => {
  const schedule = { ...lab().schedule, epochs: 50 }
  const both = [reward('first'), reward('second', { seed: 2 })]
  const whole = lab({ directory: join(scratch, 'whole'), threads: 2, schedule })
  await labRewards(whole, 'training', both)

  const directory = join(scratch, 'stopped')
  const stop = new AbortController()
  const stopped = labRewards(lab({ directory, threads: 2, schedule, signal: stop.signal }), 'training', both)
  const underWay = () => {
    const rewards = join(directory, 'rewards')
    const folders = existsSync(rewards) ? readdirSync(rewards) : []
    return folders.filter((folder) => existsSync(join(rewards, folder, 'training'))).length === 2
  }
  while (!underWay()) await sleep(1)
  stop.abort(new Error('interrupted'))
  await expect(stopped).rejects.toThrow('interrupted')
  const saved = readdirSync(join(directory, 'rewards')).map((folder) =>
    readdirSync(join(directory, 'rewards', folder, 'training')),
  )
  expect(saved).toEqual(saved.map(() => ['training-state.safetensors']))
  expect(Object.values(made(directory)).flat()).toEqual(Array(8).fill(null))

  await labRewards(lab({ directory, threads: 2, schedule }), 'training', both)
  expect(made(directory)).toEqual(made(whole.directory))
}, 120_000)

it('a training that fails is told of as it failed, once those beside it have ended', async () => {
  const directory = join(scratch, 'failing')
  const [{ problem, ...solution }] = samples.train
  const long = { ...solution, id: 'long', problem: problem.repeat(50) }
  const trained = labRewards(lab({ directory, threads: 2 }), 'training', [
    reward('bad', { train: [...samples.train, long] }),
    reward('good'),
  ])
  await expect(trained).rejects.toThrow(/long: \d+ tokens do not fit/)
  await expect(trained).rejects.toBeInstanceOf(InputError)
  const ended = Object.values(made(directory)).filter(([validation]) => validation !== null)
  expect(ended).toHaveLength(1)
}, 120_000)

it('a trial that diverges is an answer; the same training outside a search is a failure', async () => {
  const wild = reward('wild', { peak: 1e30 })
  const train = (...rewards: LabReward[]) =>
    labRewards(lab({ directory: join(scratch, 'wild'), threads: 2 }), 'training', rewards)
  await expect(train(wild)).rejects.toThrow('training diverged')
  const [tame, lost] = await train(reward('tame', { trial: true }), { ...wild, trial: true })
  expect(tame.validation.loss).toBeGreaterThan(0)
  expect(lost.validation).toEqual({ auc: Number.NaN })
}, 120_000)
