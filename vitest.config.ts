import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'examples/*.test.ts'],
    pool: 'forks',
    setupFiles: ['scripts/property-tests.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    watch: false,
  },
})
