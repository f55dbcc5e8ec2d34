// For engineers: a service that answers with the best of 16, tells what happens as JSON lines, and stops when the client leaves.
//   npx tsx examples/service.ts              asks itself one problem, and ends
//   PORT=8080 npx tsx examples/service.ts    stays: curl -N 127.0.0.1:8080 -d 'Compute (7 - 2) * (3 + 4).'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { bestOfN, embeddedGenerator, embeddedScorer, InputError } from 'assay'

// Models of your own: await remoteGenerator('http://127.0.0.1:8000'),
//                     await remoteScorer('http://127.0.0.1:8001', { dialect: 'qwen-math-prm' })
const generator = embeddedGenerator()
const scorer = embeddedScorer()

const server = createServer(async (request, response) => {
  const left = new AbortController()
  response.on('close', () => left.abort(new Error('the client left')))
  const say = (line: object) => response.write(`${JSON.stringify(line)}\n`)
  try {
    const { winner, runnerUp } = await bestOfN(await text(request), {
      n: 16,
      generator,
      scorer,
      prune: true,
      signal: left.signal,
      onEvent: say,
    })
    // what has no score is no answer: there may be no winner
    say({ type: 'answer', answer: winner?.answer ?? null, p_correct: winner?.p_correct ?? null })
    if (runnerUp) say({ type: 'runner-up', answer: runnerUp.answer, first_error: runnerUp.first_error })
  } catch (error) {
    if (!left.signal.aborted) say({ type: 'error', yours: error instanceof InputError, message: `${error}` })
  }
  response.end()
})
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1')
await once(server, 'listening')

if (process.env.PORT === undefined) {
  const { port } = server.address() as AddressInfo
  const asked = await fetch(`http://127.0.0.1:${port}`, {
    method: 'POST',
    body: 'Compute (7 - 2) * (3 + 4).',
  })
  console.log(await asked.text())
  server.close()
  await Promise.all([generator.close(), scorer.close()])
}
