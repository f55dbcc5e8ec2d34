import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Route } from './route.ts'
import { errorAnswer, health } from './schemas.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

const faults: Record<string, string> = {
  400: 'the body is not JSON',
  401: 'the token is missing or wrong',
  413: 'the body is too large, or holds too many solutions',
  415: 'the body is not called JSON',
  422: 'the body is JSON and not what is wanted, or cannot be scored; the message names the field',
  429: 'the queue is full: try again after Retry-After seconds',
  501: 'the server was started without what this needs',
  503: 'the model behind it failed, or the server is shutting down: try again',
  504: 'the deadline has passed',
}

/** The OpenAPI 3.1 document of routes, made from the schemas that they check with. */
export function openApi(routes: readonly Route[]): object {
  const json = (schema: z.ZodType, io: 'input' | 'output') => {
    const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' })
    return { content: { 'application/json': { schema: rest } } }
  }
  const scalar = {
    name: 'reward',
    in: 'query',
    description: 'which number a trainer gets: log P(correct), in nats, or P(correct)',
    schema: { enum: ['score', 'p_correct'], default: 'score' },
  }
  const deadline = {
    name: 'x-deadline-ms',
    in: 'header',
    description: 'ms after which nobody waits for the answer any more',
    schema: { type: 'integer', minimum: 1, maximum: 9_999_999 },
  }
  const later = {
    'retry-after': {
      description: 'seconds after which to try again',
      schema: { type: 'integer', minimum: 1 },
    },
  }
  const operation = ({ tag, summary, body, answer, ...route }: Route) => ({
    tags: [tag],
    summary,
    ...(body && {
      parameters: [...(route.scalar ? [scalar] : []), deadline],
      requestBody: { required: true, ...json(body, 'input') },
    }),
    responses: {
      200: { description: 'the result', ...json(answer, 'output') },
      ...(body &&
        Object.fromEntries(
          Object.entries(faults).map(([status, description]) => [
            status,
            {
              description,
              ...(['429', '503'].includes(status) && { headers: later }),
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
            },
          ]),
        )),
    },
  })
  const paths = routes.flatMap((route) =>
    [route.path, ...(route.aliases ?? [])].map((path) => [path, { [route.method]: operation(route) }]),
  )
  const text = (description: string) => ({
    200: { description, content: { 'text/plain': { schema: { type: 'string' } } } },
  })
  return {
    openapi: '3.1.0',
    info: { title: 'Assay reward server', version },
    components: {
      schemas: { Error: json(errorAnswer, 'output').content['application/json'].schema },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
    security: [{}, { token: [] }],
    paths: {
      ...Object.fromEntries(paths),
      '/healthz': {
        get: {
          tags: ['server'],
          summary: 'Is it there?',
          responses: {
            200: { description: 'yes', ...json(health, 'output') },
            503: { description: 'it is shutting down', ...json(health, 'output') },
          },
        },
      },
      '/metrics': {
        get: { tags: ['server'], summary: 'For Prometheus', responses: text('its text format') },
      },
    },
  }
}
