#!/usr/bin/env node
// In a clone there is no build: src/ is there and runs through tsx. The published package has dist/ only.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const source = new URL('../src/cli/main.ts', import.meta.url)
if (existsSync(source)) {
  const { register } = await import('tsx/esm/api').catch(() => {
    console.error('error: the dependencies are not installed\n  Run `npm ci` in the folder of assay first.')
    process.exit(2)
  })
  register({ tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) })
  await import(source.href)
} else {
  await import('../dist/cli/main.mjs')
}
