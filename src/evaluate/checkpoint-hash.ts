import { createHash } from 'node:crypto'
import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** Which checkpoint results came from: 16 hexadecimal digits of its config's, tokenizer's and weights' SHA-256. */
export async function checkpointHash(directory: string): Promise<string> {
  const files = readdirSync(directory).filter((name) =>
    /^(config|tokenizer)\.json$|\.safetensors$/.test(name),
  )
  const hash = createHash('sha256')
  for (const file of files.sort()) {
    hash.update(`${file}\0`)
    await pipeline(createReadStream(join(directory, file)), hash, { end: false })
  }
  return hash.digest('hex').slice(0, 16)
}
