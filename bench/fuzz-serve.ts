/**
 * Sends mutated requests to a reward server, in a process of its own, and looks for answers 5xx, bugs and crashes: there should be none.
 *
 *     node --import tsx bench/fuzz-serve.ts [--requests 100000] [--seed 1] [--connections 32] [--only 17] [--json]
 *
 * The server has the shipped models, and a judge that answers at once. Request i is made of the seed and i alone: --only i sends it
 * again. 501 is no fault, nor 504 where the request set a deadline.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { scriptedServer } from '../src/endpoint/scripted-server.fixture.ts'
import { endFuzz, fuzzRequest, isFine, sendFuzz } from '../src/serve/fuzz.fixture.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    connections: { type: 'string', default: '32' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const [requests, seed, connections] = [values.requests, values.seed, values.connections].map(Number)

const judge = await scriptedServer(() => ({ say: '\\boxed{Assistant 1}' }))
const bin = fileURLToPath(new URL('../bin/assay.mjs', import.meta.url))
const args = ['serve', '--port', '0', '--json', '--judge', judge.url, '--model', 'm']
const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
let stderr = ''
child.stderr.on('data', (chunk) => {
  stderr += chunk
})
let crashed = false
child.once('exit', () => {
  crashed = true
})
const [line] = await once(child.stdout, 'data')
const { url } = JSON.parse(String(line))

const statuses: Record<string, number> = {}
const faults: { index: number; status: number | string; method: string; path: string; body: string }[] = []
let next = 0
let half = Number.NaN
const begin = performance.now()

async function client(): Promise<void> {
  while (next < requests && !crashed) {
    const index = next++
    const request = fuzzRequest(seed, index)
    const status = await sendFuzz(url, request)
    statuses[status] = (statuses[status] ?? 0) + 1
    if (!isFine(status, request)) {
      const { method, path, body } = request
      faults.push({ index, status, method, path: path.slice(0, 100), body: body.toString().slice(0, 300) })
    }
    if (index === Math.floor(requests / 2)) half = await memory()
    if (index % 5000 === 0 && process.stderr.isTTY) process.stderr.write(`\r${index}`)
  }
}

const memory = async () => {
  const said = await (await fetch(`${url}/metrics`)).text()
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(said)?.[1]) / 2 ** 20
}

const first = await memory()
if (values.only !== undefined) {
  const request = fuzzRequest(seed, Number(values.only))
  process.stdout.write(
    `${request.method} ${request.path}\n${JSON.stringify(request.headers)}\n${request.body}\n`,
  )
  process.stdout.write(`${await sendFuzz(url, request)}\n`)
} else await Promise.all(Array.from({ length: connections }, client))
endFuzz()
const asked = { solutions: [{ problem: 'Compute 3 + 4.', steps: ['3 + 4 = 7', 'Answer: 7'] }] }
const alive = crashed
  ? false
  : (
      await fetch(`${url}/v1/score`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(asked),
      })
    ).ok
const last = crashed ? Number.NaN : await memory()
child.removeAllListeners('exit')
child.kill('SIGTERM')
const [code] = child.exitCode === null ? await once(child, 'close') : [child.exitCode]
await judge.close()

const result = {
  requests: next,
  seed,
  seconds: (performance.now() - begin) / 1000,
  statuses,
  faults: faults.length,
  firstFaults: faults.slice(0, 20),
  crashed,
  alive,
  memory: { first, half, last },
  exit: code,
  stderr: stderr.slice(0, 2000),
}
process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : described())
if (faults.length > 0 || crashed || !alive || code !== 0 || stderr !== '') process.exitCode = 1

function described(): string {
  const by = Object.entries(statuses).map(([status, count]) => `${count} x ${status}`)
  return [
    `${next} requests of seed ${seed} in ${result.seconds.toFixed(0)} s: ${by.join(', ')}`,
    `${faults.length} faults; ${crashed ? 'it crashed' : alive ? 'it lives' : 'it does not answer'}; exit code ${code}`,
    `memory ${first.toFixed(0)} -> ${half.toFixed(0)} -> ${last.toFixed(0)} MiB`,
    ...faults.slice(0, 20).map((fault) => `FAULT ${JSON.stringify(fault)}`),
    ...(stderr === '' ? [] : [`stderr: ${stderr.slice(0, 2000)}`]),
    '',
  ].join('\n')
}
