import { expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import { openRowOutput } from './row-output.ts'

test('--out - is no file of that name, but a teaching error', async () => {
  await expect(openRowOutput('-', 'rows.jsonl')).rejects.toThrow(InputError)
  await expect(openRowOutput('-', 'rows.jsonl')).rejects.toThrow('Leave out --out')
})

test('the input is not written over, by whatever name', async () => {
  await expect(openRowOutput('./rows.jsonl', 'rows.jsonl')).rejects.toThrow('is the input, too')
})
