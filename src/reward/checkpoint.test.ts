import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import { readCheckpoint } from '../transformer/checkpoint.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { readReward, readRewardHeader, startFrom, writeReward } from './checkpoint.ts'
import { crm } from './kinds/crm.ts'
import { iprm } from './kinds/iprm.ts'
import { pqm } from './kinds/pqm.ts'

const scratch = scratchFolder()
const { policy, reward } = writeTinyModels(scratch)

let count = 0
/** A copy of a checkpoint, changed. */
function changed(directory: string, change: (at: (name: string) => string) => void): string {
  const copy = join(scratch, `copy-${count++}`)
  cpSync(directory, copy, { recursive: true })
  change((name) => join(copy, name))
  return copy
}

const edit = (path: string, change: (value: Record<string, unknown>) => object) =>
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')))))

/** A reward with a language model beside it. */
const withSurprisal = join(scratch, 'with-surprisal')
const language = readCheckpoint(policy)
const base = readReward(reward)
const { hiddenSize } = base.config
writeReward(withSurprisal, {
  ...base,
  tensors: new Map([
    ...base.tensors,
    ['surprisal.weight', { shape: [hiddenSize], data: startFrom(base)('surprisal.weight', [hiddenSize]) }],
  ]),
  beside: language,
})
const ratio = join(scratch, 'ratio')
writeReward(ratio, { ...language, kind: iprm({ beta: 0.5 }), beside: language })

describe('readReward', () => {
  test('gives back what was written, the kind with its options and the model beside it included', () => {
    const read = readReward(withSurprisal)
    expect(read.kind).toMatchObject({ name: 'crm', options: { outcomeTerm: 'all' } })
    expect(read.beside?.config).toEqual(language.config)
    expect(readReward(ratio)).toMatchObject({ kind: { name: 'iprm', options: { beta: 0.5 } } })
    expect(readReward(ratio).beside?.tensors.size).toBe(language.tensors.size)
    const directory = join(scratch, 'pqm')
    writeReward(directory, { ...base, kind: pqm({ margin: 2 }) })
    expect(readReward(directory).kind).toMatchObject({ name: 'pqm', options: { margin: 2 } })
    expect(crm().options).toEqual({ outcomeTerm: 'all' })
  })

  test.each<[string, () => string, string]>([
    ['a folder that is not there', () => join(scratch, 'nowhere'), 'no such directory'],
    ['a folder without a checkpoint', () => scratch, 'config.json'],
    ['a language model', () => policy, 'is a language model without a reward head'],
    [
      'a kind that there is not',
      () => changed(withSurprisal, (at) => edit(at('assay.json'), (json) => ({ ...json, kind: 'best' }))),
      'no reward is called best',
    ],
    [
      'an assay.json that is cut short',
      () => changed(withSurprisal, (at) => writeFileSync(at('assay.json'), '{"kind": "crm"')),
      'assay.json',
    ],
    [
      'a kind with a name that objects have',
      () => changed(withSurprisal, (at) => edit(at('assay.json'), (json) => ({ ...json, kind: 'toString' }))),
      'no reward is called toString',
    ],
    [
      'a reward whose surprisal model is missing',
      () => changed(withSurprisal, (at) => rmSync(at('surprisal'), { recursive: true })),
      'surprisal',
    ],
    [
      'a log ratio whose reference is missing',
      () => changed(ratio, (at) => rmSync(at('reference'), { recursive: true })),
      'reference',
    ],
    [
      'a surprisal model that cuts text into other tokens',
      () =>
        changed(withSurprisal, (at) =>
          edit(at('surprisal/tokenizer.json'), ({ model, ...json }) => {
            const { merges, ...rest } = model as { merges: unknown[] }
            return { ...json, model: { ...rest, merges: merges.slice(0, -1) } }
          }),
        ),
      'has another tokenizer than the reward model',
    ],
    [
      'weights that are cut short',
      () =>
        changed(withSurprisal, (at) => {
          const path = at('model.safetensors')
          writeFileSync(path, readFileSync(path).subarray(0, 2000))
        }),
      'model.safetensors',
    ],
  ])('refuses %s, and says what is wrong', (_, make, message) => {
    const directory = make()
    expect(() => readReward(directory)).toThrow(InputError)
    expect(() => readReward(directory)).toThrow(message)
    expect(() => readReward(directory)).toThrow(directory)
  })

  test('a reward whose replacement was cut short after the model beside it is none', () => {
    const directory = changed(withSurprisal, () => {})
    const older = readReward(directory)
    const stopped = { ...older, tensors: new Map() } // stops at the reward itself, as a killed process would
    const other = new Map(
      [...language.tensors].map(([name, { shape, data }]) => [name, { shape, data: data.map((x) => x + 1) }]),
    )
    expect(() => writeReward(directory, { ...stopped, beside: { ...language, tensors: other } })).toThrow(
      'tensor',
    )
    expect(() => readReward(directory)).toThrow(InputError)
    expect(() => readReward(directory)).toThrow('config.json')
    expect(() => readRewardHeader(directory)).toThrow(InputError)
    writeReward(directory, older)
    expect(readReward(directory).tensors).toEqual(older.tensors)
  })

  test('the header alone refuses a language model too', () =>
    expect(() => readRewardHeader(policy)).toThrow('without a reward head'))
})
