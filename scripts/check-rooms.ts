import { readdirSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
import ts from 'typescript'

/** A room (folder of src/) may import the rooms before it in this list, none after it: docs/architecture.md. */
const rooms = [
  'reasoning',
  'tasks',
  'data',
  'endpoint',
  'tensor',
  'transformer',
  'reward',
  'rl',
  'judge',
  'search',
  'evaluate',
  'serve',
  'ai-sdk',
  'report',
  'cli',
]

/** Imports that break the rule, types and lazy imports included. Tests may import what they like. */
export function roomFaults(source: string): string[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file.includes(sep))
    .flatMap((file) => {
      const room = roomOf(file)
      if (!rooms.includes(room)) return [`${file}: ${room}/ is not in the list of rooms`]
      return importsOf(resolve(source, file))
        .map((path) => relative(source, path))
        .filter((imported) => !mayImport(room, imported))
        .map((imported) => `${file}: ${room}/ may not import ${imported}`)
    })
}

function mayImport(room: string, imported: string): boolean {
  if (imported.startsWith('..')) return !imported.endsWith('.ts')
  const place = rooms.indexOf(roomOf(imported))
  return place !== -1 && place <= rooms.indexOf(room)
}

function roomOf(file: string): string {
  return file.split(sep)[0]
}

function importsOf(path: string): string[] {
  return ts
    .preProcessFile(readFileSync(path, 'utf8'))
    .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => resolve(dirname(path), fileName))
}

if (import.meta.filename === resolve(process.argv[1] ?? '')) {
  const faults = roomFaults(resolve(import.meta.dirname, '../src'))
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exit(1)
}
