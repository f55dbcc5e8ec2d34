import { defineConfig } from 'tsdown'

/** dist/ mirrors src/ file by file, so that `new URL('./x.ts', import.meta.url)` and lazy imports find their way. */
export default defineConfig({
  entry: ['src/**/*.ts', '!src/**/*.{test,fixture}.ts'],
  unbundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  dts: true,
})
