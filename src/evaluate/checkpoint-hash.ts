import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { InputError } from '../reasoning/errors.ts'

/**
 * Which checkpoint results came from: 16 hexadecimal digits of the SHA-256 of its configs, tokenizer and weights, those of a
 * language model beside a reward included.
 * @throws InputError when the directory is not there
 */
export async function checkpointHash(directory: string): Promise<string> {
  if (!existsSync(directory))
    throw new InputError('no such directory', {
      where: directory,
      fix: 'Give the directory of a checkpoint.',
    })
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) =>
      /^((surprisal|reference)\/)?((config|tokenizer|assay)\.json|[^/]+\.safetensors)$/.test(name),
    )
  const hash = createHash('sha256')
  for (const file of files.sort()) {
    hash.update(`${file}\0`)
    await pipeline(createReadStream(join(directory, file)), hash, { end: false })
  }
  return hash.digest('hex').slice(0, 16)
}
