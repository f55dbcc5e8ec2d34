import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { type ScriptedServer, scriptedServer } from '../endpoint/scripted-server.fixture.ts'
import { assayIn } from './run.fixture.ts'

/** What each test of a command that asks judges has: an empty folder to run it in, and servers that end with the test. */
export function judgeDesk() {
  const servers: ScriptedServer[] = []
  let folder: string
  beforeEach(() => {
    folder = scratchFolder()
  })
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()))
  })
  const inFolder = (name: string) => join(folder, name)
  return {
    folder: () => folder,
    inFolder,
    textOf: (name: string) => readFileSync(inFolder(name), 'utf8'),
    assay: (args: string[], input?: string) => assayIn(folder)(args, input),
    async serve(script: Parameters<typeof scriptedServer>[0]) {
      const server = await scriptedServer(script)
      servers.push(server)
      return server
    },
  }
}
