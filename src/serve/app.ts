import { Hono } from 'hono'
import { nemoGym } from './dialects/nemo-gym.ts'
import { openaiChat } from './dialects/openai-chat.ts'
import { openrlhf } from './dialects/openrlhf.ts'
import { slime, slimeFields } from './dialects/slime.ts'
import { vllmPairs } from './dialects/vllm-pairs.ts'
import { vllmTexts } from './dialects/vllm-texts.ts'
import { draining, Fault, faultBody, faultOf, invalid } from './faults.ts'
import { createMetrics } from './metrics.ts'
import { openApi } from './openapi.ts'
import { ownApi } from './own-api.ts'
import { parseBody, readJson } from './request-body.ts'
import type { Call, Route, Services } from './route.ts'
import { carriesToken } from './token.ts'

export interface AppOptions {
  /** What requests must carry, in all but /healthz and /openapi.json. */
  token?: string
  /** Longest body. Default 8 MiB. */
  maxBytes?: number
  /** Told of errors that are faults of this program. */
  onBug?: (error: unknown) => void
}

export interface RewardApp {
  /** Any server of web requests can mount it. */
  fetch: (request: Request) => Response | Promise<Response>
  /** Refuses what comes from now on, and resolves when all that was accepted has its answer. */
  drain(): Promise<void>
}

export const routes: readonly Route[] = [
  ...ownApi,
  openrlhf,
  slime,
  slimeFields,
  ...nemoGym,
  ...vllmTexts,
  ...vllmPairs,
  ...openaiChat,
]

/** The reward server without a socket: our own API, and the dialects of trainers, around the same services. */
export function rewardApp(services: Services, options: AppOptions = {}): RewardApp {
  const { token, maxBytes = 8 * 2 ** 20, onBug = () => {} } = options
  const metrics = createMetrics()
  const app = new Hono({ strict: false })
  let isDraining = false
  /** Requests accepted and not answered. */
  let open = 0
  let whenDone = () => {}
  let drained: Promise<void> | undefined

  const handled = async (route: Route, request: Request): Promise<Response> => {
    if (token !== undefined && !carriesToken(request.headers.get('authorization'), token))
      throw new Fault(401, 'unauthorized', 'this server wants its token: Authorization: Bearer TOKEN', {
        'www-authenticate': 'Bearer',
      })
    if (isDraining) throw draining()
    const { signal, limit, over } = callSignal(request)
    try {
      const raw = route.body && (await readJson(request, { maxBytes }))
      const body = route.body && parseBody(route.body, raw)
      // a field of our own API: what trainers send may hold anything
      if (route.tag === 'assay') limit((body as { deadline_ms?: number }).deadline_ms)
      // until here nothing was accepted
      if (isDraining) throw draining()
      open++
      try {
        const call: Call<unknown> = { ...services, body, raw, scalar: scalarOf(request, route), signal }
        const answer = await route.handle(call as Call<never>)
        return answer instanceof Response ? answer : Response.json(answer)
      } finally {
        if (--open === 0) whenDone()
      }
    } finally {
      over()
    }
  }

  const answered = async (route: Route, request: Request): Promise<Response> => {
    const begin = performance.now()
    const response = await handled(route, request).catch((error) => failure(error))
    metrics.observe(route.path, response.status, (performance.now() - begin) / 1000)
    if (isDraining) response.headers.set('connection', 'close')
    return response
  }

  const failure = (error: unknown): Response => {
    const fault = faultOf(error)
    if (fault === null) onBug(error)
    const told = fault ?? new Fault(500, 'bug', 'a fault of the server; its log says more')
    return Response.json(faultBody(told), { status: told.status, headers: told.headers })
  }

  for (const route of routes)
    for (const path of [route.path, ...(route.aliases ?? [])]) {
      app.on(route.method, path, ({ req }) => answered(route, req.raw))
      app.all(path, () => failure(wrongMethod(route.method)))
    }
  app.get('/healthz', () =>
    Response.json(
      {
        status: isDraining ? 'draining' : 'ok',
        reward: services.scoring.reward.kind.name,
        judge: services.judging !== null,
        policy: services.solving !== null,
        waiting: services.scoring.load().waiting,
      },
      { status: isDraining ? 503 : 200 },
    ),
  )
  app.get('/metrics', ({ req }) => {
    if (token !== undefined && !carriesToken(req.raw.headers.get('authorization'), token))
      return failure(new Fault(401, 'unauthorized', 'this server wants its token'))
    return new Response(metrics.text(services), {
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
    })
  })
  app.get('/openapi.json', () => Response.json(openApi(routes)))
  app.notFound(() =>
    failure(new Fault(404, 'no_such_address', 'no such address: /openapi.json has them all')),
  )
  app.onError((error) => failure(error))

  return {
    fetch: (request) => app.fetch(request),
    drain() {
      isDraining = true
      drained ??= new Promise((resolve) => {
        whenDone = resolve
        if (open === 0) resolve()
      })
      return drained
    },
  }
}

function wrongMethod(method: string): Fault {
  const allow = method.toUpperCase()
  return new Fault(405, 'wrong_method', `this address takes ${allow} only`, { allow })
}

function scalarOf(request: Request, { path, scalar }: Route): Call<unknown>['scalar'] {
  const asked = new URL(request.url).searchParams.get('reward')
  if (asked === null) return 'score'
  if (!scalar) throw invalid(`${path} takes no ?reward=`)
  if (asked === 'score' || asked === 'p_correct') return asked
  throw invalid('?reward= must be score (log of P(correct)) or p_correct')
}

/** A signal that aborts when the client leaves or a deadline passes, counted from now. */
function callSignal(request: Request) {
  const controller = new AbortController()
  const { signal } = controller
  const begin = performance.now()
  let timer: NodeJS.Timeout | undefined
  const leave = () => controller.abort(new Fault(499, 'client_left', 'the client has left'))
  if (request.signal.aborted) leave()
  request.signal.addEventListener('abort', leave)
  /** The first of several deadlines counts. */
  let earliest = Number.POSITIVE_INFINITY
  const limit = (ms: number | undefined) => {
    if (ms === undefined || ms >= earliest) return
    earliest = ms
    clearTimeout(timer)
    const passed = () =>
      controller.abort(new Fault(504, 'deadline', `no result within ${ms} ms, the deadline`))
    timer = setTimeout(passed, Math.max(0, ms - (performance.now() - begin)))
  }
  const header = request.headers.get('x-deadline-ms')
  if (header !== null) {
    if (!/^[1-9]\d{0,6}$/.test(header)) throw invalid('x-deadline-ms must be a whole number of milliseconds')
    limit(Number(header))
  }
  return {
    signal,
    limit,
    over() {
      clearTimeout(timer)
      request.signal.removeEventListener('abort', leave)
    },
  }
}
