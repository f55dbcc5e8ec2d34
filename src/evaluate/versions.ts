import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** What results were made with. */
export function versions(): Record<string, string> {
  const version = (path: string | URL) =>
    (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
  return {
    assay: version(new URL('../../package.json', import.meta.url)),
    node: process.versions.node,
    'onnxruntime-node': version(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')),
    platform: `${process.platform} ${process.arch}`,
  }
}
