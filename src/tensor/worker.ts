import { Worker } from 'node:worker_threads'

/**
 * A thread that runs a module of ours: `startWorker(new URL('./train-worker.ts', import.meta.url), data)`.
 * Works in a clone, under vitest, and in dist/ (where the module is the .mjs of the same name).
 */
export function startWorker(module: URL, workerData?: unknown): Worker {
  // the program may be text, `node --input-type=module -e '...'`; its threads are files
  const ofText = process.execArgv.some((option) => option.startsWith('--input-type'))
  const options = { workerData, ...(ofText && { execArgv: [] }) }
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL(module.href.replace(/\.ts$/, '.mjs')), options)
  return new Worker(new URL('../../bin/worker.mjs', import.meta.url), { ...options, argv: [module.href] })
}
