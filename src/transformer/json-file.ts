import { readFileSync } from 'node:fs'
import { InputError } from '../reasoning/errors.ts'

/**
 * A JSON file of a checkpoint directory.
 * @throws InputError when it is missing, cannot be read or is not JSON
 */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new InputError(missing ? 'no such file' : `cannot be read: ${(cause as Error).message}`, {
      where: path,
      fix: 'A checkpoint directory holds config.json, model.safetensors, tokenizer.json and tokenizer_config.json; copy this file again.',
      cause,
    })
  }
}
