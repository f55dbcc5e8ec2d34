import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const bin = fileURLToPath(new URL('../../bin/assay.mjs', import.meta.url))

test.runIf(existsSync('/dev/full'))('a full disk behind standard output is told in a line', () => {
  const command = `"${process.execPath}" "${bin}" --help > /dev/full`
  const { status, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([1, 'error: standard output: no space left on device\n'])
})
