// A thread in a clone: Node 20 takes no TypeScript as a thread's first module, and tsx must be registered anew.
import { fileURLToPath } from 'node:url'
import { register } from 'tsx/esm/api'

register({ tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) })
await import(process.argv[2])
