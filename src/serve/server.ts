import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { InputError } from '../reasoning/errors.ts'
import type { RewardApp } from './app.ts'

export interface ServerOptions {
  /** Default 127.0.0.1: this machine alone. */
  host?: string
  /** Default 8300; 0 takes any that is free. */
  port?: number
  /** ms that a client may take to send its headers, and a whole request. Default 10 s and a minute. */
  headersTimeout?: number
  requestTimeout?: number
}

export interface RunningServer {
  url: string
  /** Answers what was accepted, refuses the rest with 503, and then is gone. */
  drain(): Promise<void>
}

/** ms that answers may take on their way once a server drains. */
const farewell = 5_000

const mostConnections = 1024

/** @throws InputError where it cannot listen there */
export async function startServer(
  app: RewardApp,
  { host = '127.0.0.1', port = 8300, headersTimeout = 10_000, requestTimeout = 60_000 }: ServerOptions = {},
): Promise<RunningServer> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      headersTimeout,
      requestTimeout,
      connectionsCheckingInterval: Math.min(1000, headersTimeout),
      // trainers keep connections between batches
      keepAliveTimeout: 120_000,
    },
  }) as Server
  server.maxConnections = mostConnections
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw cannotListen(error as NodeJS.ErrnoException, host, port)
  }
  return {
    url: urlOf(server.address() as AddressInfo),
    async drain() {
      await app.drain()
      const closed = once(server, 'close')
      server.close()
      const cut = setTimeout(() => server.closeAllConnections(), farewell)
      server.closeIdleConnections()
      await closed
      clearTimeout(cut)
    },
  }
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const faults: Record<string, [what: string, fix: string]> = {
    EADDRINUSE: ['is in use', 'Take another port, or 0 for any that is free.'],
    EACCES: ['may not be used (permission denied)', 'Take a port of 1024 or more.'],
    EADDRNOTAVAIL: ['is no address of this machine', 'Name one as the host; 0.0.0.0 is all of them.'],
    ENOTFOUND: ['is no host that is known', 'Name an address of this machine as the host.'],
    EAI_AGAIN: ['is no host that is known', 'Name an address of this machine as the host.'],
  }
  const [what, fix] = faults[error.code ?? ''] ?? []
  return what === undefined ? error : new InputError(what, { where: `${host}:${port}`, fix, cause: error })
}
