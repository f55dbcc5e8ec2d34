import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const folder = fileURLToPath(new URL('../../integrations', import.meta.url))

/** Why the adapters cannot run here; null: they can. */
function obstacle(): string | null {
  const { status, stdout } = spawnSync('python3', ['-c', 'import sys; print(sys.version_info >= (3, 10))'])
  if (status !== 0) return 'there is no python3'
  return String(stdout).trim() === 'True' ? null : 'python3 is older than 3.10'
}

test('the Python adapters of trainers: their own tests, against real servers', async ({ skip }) => {
  const why = obstacle()
  if (why !== null) skip(why)
  const { PATH, ...env } = process.env
  const child = spawn('python3', ['-m', 'unittest', 'discover'], {
    cwd: folder,
    // the servers that they start are of this Node
    env: { ...env, PATH: [dirname(process.execPath), PATH].join(delimiter), PYTHONDONTWRITEBYTECODE: '1' },
  })
  const [, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  expect([code, err]).toEqual([0, expect.stringMatching(/^Ran [1-9]\d* tests in/m)])
}, 300_000)
