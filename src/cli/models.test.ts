import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import type { ShippedModel } from '../transformer/shipped.ts'
import { modelDirectory } from './models.ts'

test('what was given wins', () => {
  expect(modelDirectory('crm', 'my/model')).toBe('my/model')
})

test.each(['policy', 'backbone', 'crm'] as ShippedModel[])(
  'the shipped %s is a checkpoint, or its lack is explained',
  (model) => {
    try {
      expect(existsSync(`${modelDirectory(model)}/config.json`)).toBe(true)
    } catch (error) {
      expect(error).toBeInstanceOf(InputError)
      expect((error as Error).message).toContain(`runs/full/models/${model}`)
    }
  },
)
