import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { embeddedGenerator } from '../transformer/generator.ts'
import { writeTinyModels } from '../transformer/tiny.fixture.ts'
import { remembering, replaying } from './cache.ts'
import { chatModel } from './chat.ts'
import { generatorConformance } from './conformance.fixture.ts'
import { endpointGenerator } from './generator.ts'
import { moods } from './moods.fixture.ts'
import { openReplies, readReplies } from './reply-store.ts'
import { type ScriptedServer, scriptedServer, stepWriter } from './scripted-server.fixture.ts'

const folder = scratchFolder()
const recordings = join(folder, 'recordings')

const servers: ScriptedServer[] = []
async function serve(...script: Parameters<typeof scriptedServer>) {
  const server = await scriptedServer(...script)
  servers.push(server)
  return server
}

let vllm: ScriptedServer
let plain: ScriptedServer
beforeAll(async () => {
  vllm = await serve(stepWriter({ namesStop: true }))
  plain = await serve(stepWriter({ namesStop: false }))
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()))
})

generatorConformance('a server that names the stop string', async ({ maxTokens }) => {
  return { generator: endpointGenerator(chatModel({ urls: [vllm.url], model: 'writer' }), { maxTokens }) }
})

generatorConformance('a server that does not', async ({ maxTokens }) => {
  return { generator: endpointGenerator(chatModel({ urls: [plain.url], model: 'writer' }), { maxTokens }) }
})

for (const { name, script, options } of moods)
  generatorConformance(name, async ({ maxTokens }) => {
    const { url } = await serve(script(stepWriter({ namesStop: true })))
    return {
      generator: endpointGenerator(chatModel({ urls: [url], model: 'writer', ...options }), { maxTokens }),
    }
  })

// one store at a time: two limits on the tokens have two directories
generatorConformance('a server that is recorded', async ({ maxTokens }) => {
  const store = await openReplies(join(recordings, `${maxTokens}`))
  const model = remembering(chatModel({ urls: [vllm.url], model: 'writer' }), store)
  return { generator: endpointGenerator(model, { maxTokens }), close: store.close }
})

generatorConformance('its replay', async ({ maxTokens }) => {
  const store = await readReplies(join(recordings, `${maxTokens}`))
  return { generator: endpointGenerator(replaying('writer', store), { maxTokens }) }
})

generatorConformance('an embedded model', async ({ maxTokens }) => {
  const generator = embeddedGenerator(writeTinyModels(folder).policy, { threads: 1, maxTokens })
  return { generator, close: generator.close }
})
