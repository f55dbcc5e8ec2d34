import { rename, writeFile } from 'node:fs/promises'

/** Writes each file whole or not at all; returns their paths. */
export async function writeFiles(files: readonly { path: string; text: string }[]): Promise<string[]> {
  for (const { path, text } of files) {
    await writeFile(`${path}.tmp`, text)
    await rename(`${path}.tmp`, path)
  }
  return files.map(({ path }) => path)
}
