/**
 * The reward server under load, its client in a process of its own (this one):
 *
 *     node --import tsx bench/serve.ts [--seconds 300] [--connections 64] [--threads 4] [--reward models/crm] [--json]
 *
 * A request is one solution, as trainers send them: of each problem there are 8, one after the other. All are made beforehand, 40,000,
 * and sent over bare sockets, so that the client takes little of the cores that it measures; who asks for more begins anew. One
 * connection that waits for each answer is measured before and after all connections at saturation; then the same connections ask for 16
 * solutions a request and ignore every Retry-After, which is more than the queue (256) holds: what is accepted must go on as fast, and what is
 * not must be 429. Memory is the server's, by its own metrics, once a second; its slope is that of the second half of the saturation.
 *
 * Exit code 1 where something failed: an answer other than 200 (or 429 in the overload), less than 5 times the throughput of one at a
 * time, memory that grows by more than 1% a minute, an overload in which less than half of the throughput is left.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Random, random } from '../src/reasoning/random.ts'
import { tasks } from '../src/tasks/index.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    connections: { type: 'string', default: '64' },
    threads: { type: 'string', default: String(availableParallelism()) },
    reward: { type: 'string', default: fileURLToPath(new URL('../models/crm', import.meta.url)) },
    json: { type: 'boolean', default: false },
  },
})
const [seconds, connections, threads] = [values.seconds, values.connections, values.threads].map(Number)
const queue = 256
const cpuSeconds = /^process_cpu_seconds_total (\S+)$/m

/** What one phase came to. Latencies are of answers with 200, in ms. */
interface Phase {
  seconds: number
  /** Answers by status; 'failed': the connection ended. */
  statuses: Record<string, number>
  /** Solutions scored a second. */
  throughput: number
  p50: number
  p99: number
  /** Answers with 429 that do not say when to come again. */
  withoutRetryAfter: number
  /** Processor time of the server for a solution scored, in ms. */
  cpu: number
}

interface Result {
  connections: number
  threads: number
  cores: number
  before: Phase
  after: Phase
  saturated: Phase
  /** Throughput of all connections over that of one. */
  ratio: number
  /** MiB at the beginning, after each minute and at the end; MiB a minute. */
  resident: { first: number; minutes: number[]; last: number; slope: number }
  overload: Phase
  recovered: Phase
  counters: { solutions: number; batches: number; refused: number }
}

const { child, url } = await start()
const draw = random('bench serve')
try {
  const solutions = forever(Array.from({ length: 5000 }, (_, index) => solutionsFor(index, draw)).flat())
  await phase({ seconds: 5, connections: 8, size: 1, solutions })
  const alone = Math.max(5, seconds / 10)
  const before = await phase({ seconds: alone, connections: 1, size: 1, solutions })
  const memory = watchMemory()
  const saturated = await phase({ seconds, connections, size: 1, solutions })
  const resident = await memory.end()
  const after = await phase({ seconds: alone, connections: 1, size: 1, solutions })
  const overload = await phase({ seconds: Math.max(5, seconds / 10), connections, size: 16, solutions })
  const recovered = await phase({ seconds: 5, connections: 1, size: 1, solutions })
  const one = (before.throughput + after.throughput) / 2
  const result: Result = {
    connections,
    threads,
    cores: availableParallelism(),
    before,
    after,
    saturated,
    ratio: saturated.throughput / one,
    resident,
    overload,
    recovered,
    counters: await counters(),
  }
  const faults = faultsOf(result)
  process.stdout.write(
    values.json ? `${JSON.stringify({ ...result, faults }, null, 2)}\n` : described(result, faults),
  )
  if (faults.length > 0) process.exitCode = 1
} finally {
  child.kill('SIGTERM')
}
const [code] = child.exitCode === null ? await once(child, 'close') : [child.exitCode]
if (code !== 0) {
  process.stderr.write(`the server ended with ${code}\n`)
  process.exitCode = 1
}

async function start(): Promise<{ child: ChildProcess; url: string }> {
  const bin = fileURLToPath(new URL('../bin/assay.mjs', import.meta.url))
  const args = [
    'serve',
    '--port',
    '0',
    '--json',
    '--queue',
    `${queue}`,
    '--threads',
    `${threads}`,
    '--reward',
    values.reward,
  ]
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  return { child, url: JSON.parse(String(line)).url }
}

/** 8 solutions of a problem as JSON, some with wrong numbers: hardly any two are the same. */
function solutionsFor(index: number, draw: Random): string[] {
  const task = tasks[index % tasks.length]
  const problem = task.problem('train', 1_000_000 + index)
  return Array.from({ length: 8 }, () => {
    const right = task.solve(problem, draw)
    const at = draw.int(0, right.length - 1)
    const steps = right.map((step, t) => (t < at ? step : step.replace(/\d+/, `${draw.int(0, 99)}`)))
    return JSON.stringify({ problem: problem.problem, steps })
  })
}

function* forever(solutions: readonly string[]): Generator<string, never> {
  for (;;) yield* solutions
}

async function phase({
  seconds,
  connections,
  size,
  solutions,
}: {
  seconds: number
  connections: number
  /** Solutions of a request. */
  size: number
  solutions: Generator<string, never>
}): Promise<Phase> {
  const latencies: number[] = []
  const statuses: Record<string, number> = {}
  let withoutRetryAfter = 0
  const cpu = await metric(cpuSeconds)
  const begin = performance.now()
  const end = begin + seconds * 1000
  const client = async () => {
    const connection = connectionTo(url)
    while (performance.now() < end) {
      const body = `{"solutions":[${Array.from({ length: size }, () => solutions.next().value).join()}]}`
      const asked = performance.now()
      const { status, retryAfter } = await connection.ask(body)
      statuses[status] = (statuses[status] ?? 0) + 1
      if (status === 200) latencies.push(performance.now() - asked)
      else {
        if (status === 429 && !(Number(retryAfter) >= 1)) withoutRetryAfter++
        await sleep(20)
      }
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: connections }, client))
  const took = (performance.now() - begin) / 1000
  latencies.sort((a, b) => a - b)
  const quantile = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))]
  return {
    seconds: took,
    statuses,
    throughput: (size * latencies.length) / took,
    p50: quantile(0.5),
    p99: quantile(0.99),
    withoutRetryAfter,
    cpu: (1000 * ((await metric(cpuSeconds)) - cpu)) / (size * latencies.length),
  }
}

interface Answer {
  status: number | 'failed'
  retryAfter?: string
}

/** Asks /v1/score over one kept socket, one request after the other; Node's own client takes several times the processor time. */
function connectionTo(url: string): { ask(body: string): Promise<Answer>; close(): void } {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let said = ''
  let resolve: ((answer: Answer) => void) | undefined
  const answer = (given: Answer) => {
    said = ''
    resolve?.(given)
    resolve = undefined
  }
  socket.setEncoding('latin1').setNoDelay()
  socket.on('data', (chunk: string) => {
    said += chunk
    const body = said.indexOf('\r\n\r\n') + 4
    if (body === 3) return
    const head = said.slice(0, body)
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
    if (said.length < body + length) return
    const status = Number(head.slice(9, 12))
    // a result that is no result would be a failure, too
    const failed = !(length >= 0) || (status === 200 && said.includes('"error"', body))
    answer({ status: failed ? 'failed' : status, retryAfter: /retry-after: (\d+)/i.exec(head)?.[1] })
  })
  socket.on('error', () => {})
  socket.on('close', () => answer({ status: 'failed' }))
  return {
    ask(body) {
      if (socket.destroyed) return Promise.resolve({ status: 'failed' })
      const length = Buffer.byteLength(body)
      const head = `POST /v1/score HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`
      socket.write(head + body)
      return new Promise((done) => {
        resolve = done
      })
    },
    close: () => socket.destroy(),
  }
}

async function metric(pattern: RegExp): Promise<number> {
  const said = await (await fetch(`${url}/metrics`)).text()
  return Number(pattern.exec(said)?.[1])
}

async function counters() {
  const count = (name: string) => metric(new RegExp(`^assay_${name}\\{queue="score"\\} (\\S+)$`, 'm'))
  return {
    solutions: await count('items_total'),
    batches: await count('batches_total'),
    refused: await count('refused_total'),
  }
}

/** Resident memory in MiB, and how it grows in the second half, in MiB a minute by least squares. */
function watchMemory() {
  const seen: { at: number; size: number }[] = []
  const watch = setInterval(async () => {
    const at = performance.now() / 60_000
    seen.push({ at, size: (await metric(/^process_resident_memory_bytes (\S+)$/m)) / 2 ** 20 })
  }, 1000)
  return {
    async end() {
      clearInterval(watch)
      await sleep(100)
      const late = seen.slice(Math.floor(seen.length / 2))
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
      const [t, m] = [mean(late.map(({ at }) => at)), mean(late.map(({ size }) => size))]
      const slope =
        late.reduce((sum, { at, size }) => sum + (at - t) * (size - m), 0) /
        late.reduce((sum, { at }) => sum + (at - t) ** 2, 0)
      const minutes = seen.filter((_, second) => second % 60 === 59).map(({ size }) => Math.round(size))
      return { first: seen[0].size, minutes, last: seen[seen.length - 1].size, slope }
    },
  }
}

function faultsOf({ before, after, saturated, ratio, resident, overload, recovered }: Result): string[] {
  const only = (name: string, { statuses }: Phase, allowed: string[]) =>
    Object.entries(statuses)
      .filter(([status]) => !allowed.includes(status))
      .map(([status, count]) => `${name}: ${count} answers ${status}`)
  return [
    ...only('one at a time', before, ['200']),
    ...only('one at a time', after, ['200']),
    ...only('saturated', saturated, ['200']),
    ...only('overload', overload, ['200', '429']),
    ...only('recovered', recovered, ['200']),
    ...(ratio < 5 ? [`${ratio.toFixed(1)} times the throughput of one at a time, not 5`] : []),
    ...(resident.slope > resident.last * 0.01
      ? [`memory grows by ${resident.slope.toFixed(1)} MiB a minute`]
      : []),
    ...(overload.statuses[429] ? [] : ['the overload was none']),
    ...(overload.withoutRetryAfter > 0
      ? [`${overload.withoutRetryAfter} answers 429 without Retry-After`]
      : []),
    ...(overload.throughput < saturated.throughput / 2
      ? ['the overload took more than half of the throughput']
      : []),
  ]
}

function described(result: Result, faults: string[]): string {
  const { resident, counters } = result
  const line = (name: string, { throughput, p50, p99, statuses, seconds, cpu }: Phase) =>
    `${name.padEnd(28)} ${throughput.toFixed(0).padStart(6)} solutions/s  p50 ${p50.toFixed(1)} ms  p99 ${p99.toFixed(1)} ms  cpu ${cpu.toFixed(2)} ms each  ` +
    `${Object.entries(statuses)
      .map(([status, count]) => `${count} x ${status}`)
      .join(', ')} in ${seconds.toFixed(0)} s`
  return `${[
    line('one at a time, before', result.before),
    line('one at a time, after', result.after),
    line(`${result.connections} connections`, result.saturated),
    line('overload, 16 a request', result.overload),
    line('one at a time, after that', result.recovered),
    `${result.ratio.toFixed(1)} times the throughput of one at a time; ${(counters.solutions / counters.batches).toFixed(1)} solutions a batch in all`,
    `memory ${resident.first.toFixed(0)} -> ${resident.last.toFixed(0)} MiB (after each minute ${resident.minutes.join(', ')}), ` +
      `${resident.slope.toFixed(2)} MiB a minute in the second half`,
    `${result.threads} threads, ${result.cores} cores`,
    ...faults.map((fault) => `FAULT: ${fault}`),
  ].join('\n')}\n`
}
