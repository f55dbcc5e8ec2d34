import { Worker } from 'node:worker_threads'

/**
 * A thread that runs a module of ours: `startWorker(new URL('./train-worker.ts', import.meta.url), data)`.
 * Works in a clone, under vitest, and in dist/ (where the module is the .mjs of the same name).
 */
export function startWorker(module: URL, workerData?: unknown): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL(module.href.replace(/\.ts$/, '.mjs')), { workerData })
  return new Worker(new URL('../../bin/worker.mjs', import.meta.url), { workerData, argv: [module.href] })
}
