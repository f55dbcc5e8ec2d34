import { rename, rm, writeFile } from 'node:fs/promises'

/** Writes each file whole or not at all; returns their paths. */
export async function writeFiles(files: readonly { path: string; text: string }[]): Promise<string[]> {
  for (const { path, text } of files) {
    await writeFile(`${path}.tmp`, text)
    try {
      await rename(`${path}.tmp`, path)
    } catch (error) {
      await rm(`${path}.tmp`, { force: true })
      throw error
    }
  }
  return files.map(({ path }) => path)
}
