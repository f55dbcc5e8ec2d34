import { afterEach, beforeEach, vi } from 'vitest'

/** The same, but what it starts ends with the test that started it. */
export function endsWithTest<Given extends unknown[], Server extends { close(): Promise<void> }>(
  start: (...given: Given) => Promise<Server>,
): (...given: Given) => Promise<Server> {
  const started: Server[] = []
  afterEach(async () => {
    await Promise.all(started.splice(0).map((server) => server.close()))
  })
  return async (...given) => {
    const server = await start(...given)
    started.push(server)
    return server
  }
}

/** Tests of this file know no key but those that they set. */
export function withoutKeys(): void {
  beforeEach(() => {
    for (const name of ['ASSAY_API_KEY', 'OPENAI_API_KEY']) vi.stubEnv(name, undefined)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })
}
