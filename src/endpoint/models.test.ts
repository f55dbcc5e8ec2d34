import { expect, test } from 'vitest'
import { InputError } from '../reasoning/errors.ts'
import { serversAt } from './http.ts'
import { listedModels, modelOf, servedModel } from './models.ts'
import { type Endpoints, rewardServer } from './rewards/reward-server.fixture.ts'
import { endsWithTest } from './with-test.fixture.ts'

const start = endsWithTest((models: string[] | null, endpoints: Endpoints = {}) =>
  rewardServer(endpoints, { models }),
)

test('a list of models is asked for by GET, at the root of whichever URL', async () => {
  const server = await start(['a', 'b'])
  const listed = await listedModels(serversAt({ urls: [server.url], model: 'any' }))
  expect(listed).toEqual([
    { id: 'a', context: 10_000 },
    { id: 'b', context: 10_000 },
  ])
  for (const url of [server.url, `${server.url}/`, `${server.url}/v1`, `${server.url}/v1/`])
    expect((await servedModel({ urls: [url], model: 'b' })).id).toBe('b')
  expect(server.requests).toEqual(Array(5).fill({ method: 'GET', path: '/v1/models', body: null }))
})

test('a server without a list serves what it is asked for', async () => {
  const { url } = await start(null)
  expect(await servedModel({ urls: [url], model: 'x' })).toEqual({ id: 'x', context: null })
  await expect(servedModel({ urls: [url] })).rejects.toThrow(
    'does not list its models, so the one that is meant must be named',
  )
})

test('nobody there is told as such, soon', async () => {
  const server = await start([])
  await server.close()
  const error = await servedModel({ urls: [server.url], pause: 0 }).catch((error) => error)
  expect(error).toBeInstanceOf(InputError)
  expect(error.message).toMatch(
    /no answer after 2 tries: .*ECONNREFUSED\n {2}Start the server, or check its URL\./,
  )
})

test('one of several must be named, and be one of them', () => {
  const models = Array.from({ length: 30 }, (_, i) => ({ id: `m${i}`, context: null }))
  expect(modelOf(models, 'm7', 'url').id).toBe('m7')
  expect(modelOf(models.slice(0, 1), undefined, 'url').id).toBe('m0')
  expect(() => modelOf(models, undefined, 'url')).toThrow(
    /^url: serves 30 models, and which is meant is not said: m0, .*m19, …\n/,
  )
  expect(() => modelOf(models, 'm', 'url')).toThrow(/^url: serves no model m\n {2}It serves: m0, /)
  expect(() => modelOf([], undefined, 'url')).toThrow('serves 0 models, and which is meant is not said: none')
})
