import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import type { ShippedModel } from '../transformer/shipped.ts'
import { modelDirectory } from './models.ts'

test('what was given wins', () => {
  expect(modelDirectory('crm', 'my/model')).toBe('my/model')
})

test('a name that nothing has is told what names there are', () => {
  expect(() => modelDirectory('crm', 'crm-tracez')).toThrow(
    /crm-tracez: no such directory\n.*with assay: crm, crm-traces\. .*majority/,
  )
  expect(() => modelDirectory('policy', 'polizy')).toThrow(/with assay: policy\.$/)
})

test('a shipped model by its name, unless a folder has it', () => {
  const there = scratchFolder()
  expect(modelDirectory('policy', 'crm')).toBe(modelDirectory('crm'))
  const here = process.cwd()
  mkdirSync(join(there, 'crm'))
  process.chdir(there)
  try {
    expect(modelDirectory('policy', 'crm')).toBe('crm')
  } finally {
    process.chdir(here)
  }
})

test.each(['policy', 'backbone', 'crm', 'crm-traces'] as ShippedModel[])(
  'the shipped %s is a checkpoint, or its lack is explained',
  (model) => {
    try {
      expect(existsSync(`${modelDirectory(model)}/config.json`)).toBe(true)
    } catch (error) {
      expect(error).toBeInstanceOf(InputError)
      expect((error as Error).message).toMatch(new RegExp(`runs/(full|traces)/models/${model}`))
    }
  },
)
