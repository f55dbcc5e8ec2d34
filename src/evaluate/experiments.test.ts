import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { kindNames } from '../reward/kinds/kinds.ts'
import { tasks } from '../tasks/index.ts'
import { readCheckpoint } from '../transformer/checkpoint.ts'
import { type Arm, labelArms, strengthArms, transferArms } from './experiments.ts'
import { labKinds, trainArms } from './lab/kinds.ts'
import { tinyLab } from './lab/lab.fixture.ts'

const scratch = scratchFolder()
const { lab, policy } = tinyLab(scratch)
const [level] = tasks[0].levels.train
const samples = { ...lab().samples, train: { [level]: 200 }, validation: { [level]: 40 } }
const every = lab({ tasks, samples })

const wrong = ({ train }: Pick<Arm, 'train'>) => train.filter(({ correct }) => !correct)
const known = (arm: Pick<Arm, 'train'>) =>
  wrong(arm).filter(({ firstError }) => typeof firstError === 'number').length / wrong(arm).length

it('labels: shares of the first errors are known, in training and validation alike; smaller ones are part of larger', async () => {
  const { arms, choices } = await labelArms(every, [1, 2])
  const [first, ...rest] = Object.keys(arms)
  expect(first).toBe('known 100%')
  for (const name of rest) expect(Object.keys(arms)).toContain(arms[name].against)
  for (const [name, share] of [
    ['known 100%', 1],
    ['known 50%', 0.5],
    ['known 10%', 0.1],
    ['known 0%', 0],
  ] as const) {
    const { train, validation } = arms[name]
    expect(known({ train })).toBeCloseTo(share, 1)
    expect(known({ train: validation })).toBeCloseTo(share, 0.5)
    expect(train.map(({ steps }) => steps)).toEqual(arms[first].train.map(({ steps }) => steps))
  }
  for (const [i, { firstError, correct }] of arms['known 10%'].train.entries())
    if (!correct && firstError !== 'unknown') expect(arms['known 50%'].train[i].firstError).toBe(firstError)
  expect(arms['known 10% from-error'].kind.options).toEqual({ outcomeTerm: 'from-error' })
  expect(arms['known 10% from-error'].train).toEqual(arms['known 10%'].train)

  const exact = Object.keys(arms).find((name) => name.startsWith('exact of ')) as string
  const rolled = arms[exact.replace('exact', 'rollouts 2')]
  expect(rolled.train.map(({ id, correct }) => [id, correct])).toEqual(
    arms[exact].train.map(({ id, correct }) => [id, correct]),
  )
  expect(rolled.train).toHaveLength(arms[first].train.length)
  // what is right stays as it was
  expect(rolled.train.filter(({ correct }) => correct)).toEqual(
    arms[exact].train.filter(({ correct }) => correct),
  )
  expect(known(rolled)).toBeGreaterThan(0)
  for (const [name, arm] of Object.entries(arms))
    expect(arm.peak).toBe(choices[name.startsWith('known') ? 'crm' : exact.replace('exact', 'crm')].peak)
  // rollouts are made once
  const again = await labelArms(lab({ tasks, samples, report: () => expect.unreachable() }), [1, 2])
  expect(again.arms[exact.replace('exact', 'rollouts 2')].train).toEqual(rolled.train)
}, 240_000)

it('transfer: an arm without each task, against as many samples of all; the one of all is the reward that other benches train', async () => {
  const { arms } = await transferArms(every)
  const of = ({ train }: Arm, task: string) => train.some(({ id }) => id?.startsWith(`${task}/`))
  for (const { name } of tasks) {
    expect(of(arms['all tasks'], name)).toBe(true)
    for (const other of tasks) expect(of(arms[`without ${name}`], other.name)).toBe(other.name !== name)
    expect(arms[`without ${name}`].validation.some(({ id }) => id?.startsWith(`${name}/`))).toBe(false)
    expect(arms[`without ${name}, text alone`]).toMatchObject({
      surprisal: false,
      against: 'as many of all tasks, text alone',
    })
  }
  const [all, fewer] = ['all tasks', 'as many of all tasks'].map((name) => arms[name].train.length)
  expect(fewer / all).toBeCloseTo(2 / 3, 1)
  const { rewards } = await labKinds(every, ['crm'], [1])
  const trained = await trainArms(every, arms, [1])
  expect(trained.map(({ name, seed }) => [name, seed])).toEqual(Object.keys(arms).map((name) => [name, 1]))
  expect(trained[0].directory).toBe(rewards[0].directory)
  expect(new Set(trained.map(({ directory }) => directory)).size).toBe(2 * 5)
}, 240_000)

it('strength: three backbones, each reward tuned for it and compared with crm of the same, crm with that of the strongest; all can be trained', async () => {
  const { arms, choices, strengths } = await strengthArms(lab())
  expect(Object.keys(choices)).toEqual(Object.keys(arms))
  expect(Object.keys(strengths!)).toEqual(['weaker', 'equal', 'stronger'])
  for (const right of Object.values(strengths!)) expect(right).toBeGreaterThanOrEqual(0)
  // of each kind one for each backbone, and crm once more
  expect(Object.keys(arms)).toHaveLength(3 * (kindNames.length + 1))
  for (const [name, arm] of Object.entries(arms)) {
    const [strength] = name.split(' ')
    const across = /^(weaker|equal) crm$/.test(name)
    expect(arm.against).toBe(across ? 'stronger crm' : `${strength} crm`)
    expect(arm.surprisal).toBe(name.endsWith('with surprisal'))
  }
  expect(arms['equal crm'].backbone).toBe(policy)
  const weaker = readCheckpoint(arms['weaker crm'].backbone as string)
  expect(weaker.config.hiddenSize).toBe(8)
  const some = Object.fromEntries(
    ['weaker crm', 'weaker crm with surprisal', 'stronger crm with surprisal', 'weaker iprm'].map((name) => [
      name,
      arms[name],
    ]),
  )
  const trained = await trainArms(lab(), some, [1])
  const { rewards } = await labKinds(lab(), ['crm'], [1])
  expect(trained[2].directory).toBe(rewards[0].directory)
  const backbones = () => readdirSync(lab().directory).filter((name) => name.startsWith('backbone'))
  expect(backbones()).toHaveLength(1)
  await strengthArms(lab({ report: () => expect.unreachable() }))
}, 240_000)
