import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { roomFaults } from './check-rooms.ts'

let source = ''

afterEach(() => rmSync(source, { recursive: true, force: true }))

function faultsOf(files: Record<string, string>): string[] {
  source = mkdtempSync(join(tmpdir(), 'rooms-'))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(source, file)), { recursive: true })
    writeFileSync(join(source, file), text)
  }
  return roomFaults(source)
}

test('a room may import itself and the rooms before it', () => {
  expect(
    faultsOf({
      'index.ts': `export * from './reward/index.ts'`,
      'reward/index.ts': `import { z } from 'zod'\nimport { a } from './a.ts'\nimport type { B } from '../reasoning/b.ts'`,
      'reward/index.test.ts': `import { c } from '../cli/c.ts'`,
    }),
  ).toEqual([])
})

test.each([
  ['a value', `import { c } from '../cli/c.ts'`],
  ['a type', `import type { C } from '../cli/c.ts'`],
  ['a re-export', `export * from '../cli/c.ts'`],
  ['a lazy import', `export const load = () => import('../cli/c.ts')`],
])('%s from a later room is a fault', (_, text) => {
  expect(faultsOf({ 'reward/a.ts': text })).toEqual(['reward/a.ts: reward/ may not import cli/c.ts'])
})

test('nor may a room import the package index, a script, or be unknown', () => {
  expect(faultsOf({ 'reward/a.ts': `import '../index.ts'` })).toHaveLength(1)
  expect(faultsOf({ 'reward/a.ts': `import '../../scripts/x.ts'` })).toHaveLength(1)
  expect(faultsOf({ 'attic/a.ts': '' })).toEqual(['attic/a.ts: attic/ is not in the list of rooms'])
})
