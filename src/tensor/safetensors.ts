import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { threadId } from 'node:worker_threads'
import * as z from 'zod'
import { InputError } from '../reasoning/errors.ts'
import { bfloatFromFloat, halfFromFloat, halfTable } from './float16.ts'

/** Row-major; a scalar has shape []. */
export interface Tensor {
  shape: number[]
  data: Float32Array
}

/** What numbers are written as. */
export type Dtype = 'F32' | 'F16' | 'BF16'

export interface Safetensors {
  tensors: Map<string, Tensor>
  /** Of all tensors in the file, those included that were not read. */
  places: Map<string, { shape: number[]; dtype: string }>
  metadata: Record<string, string>
}

const elementBytes: Record<string, number> = { F16: 2, BF16: 2, F32: 4, F64: 8 }
/** Also the limit of the reference implementation. */
const longestHeader = 100_000_000

interface Entry {
  name: string
  dtype: string
  shape: number[]
  begin: number
  end: number
}

/**
 * Reads a safetensors file (https://github.com/huggingface/safetensors#format); F16, BF16 and F64 become float32.
 *
 * @param options.want which tensors to read; the others only have their place in the file checked
 * @throws InputError when the file is missing, cut short or malformed, or a tensor read holds NaN or an infinity
 */
export function readSafetensors(
  path: string,
  options: { want?: (name: string) => boolean } = {},
): Safetensors {
  const file = openToRead(path)
  try {
    const { entries, metadata, dataStart } = readHeader(file, path)
    const wanted = options.want ? entries.filter(({ name }) => options.want!(name)) : entries
    const tensors = new Map<string, Tensor>()
    const places = new Map(entries.map(({ name, shape, dtype }) => [name, { shape, dtype }]))
    for (const entry of wanted) {
      const data = readData(file, entry, dataStart, path)
      const place = firstNonFinite(data)
      if (place !== -1)
        throw new InputError(`tensor ${entry.name} holds ${data[place]} at element ${place}`, {
          where: path,
          fix: 'The model that wrote it diverged, or its values do not fit float32; use an earlier checkpoint.',
        })
      tensors.set(entry.name, { shape: entry.shape, data })
    }
    return { tensors, places, metadata }
  } finally {
    closeSync(file)
  }
}

/**
 * Writes a safetensors file, in the order given, wider numbers first. The file appears whole or not at all: it is
 * written beside its place, flushed to disk, then renamed.
 *
 * @param options.dtype of all tensors, or of each
 * @throws InputError when a tensor does not fill its shape, holds NaN or an infinity, or does not fit F16 or BF16
 */
export function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  options: { dtype?: Dtype | ((name: string) => Dtype); metadata?: Record<string, string> } = {},
): void {
  const { dtype = 'F32', metadata = {} } = options
  const dtypeOf = typeof dtype === 'string' ? () => dtype : dtype
  // readers want each tensor at a multiple of its element's size
  const entries = [...tensors]
    .map(([name, tensor]) => ({ name, ...tensor, dtype: dtypeOf(name) }))
    .sort((a, b) => elementBytes[b.dtype] - elementBytes[a.dtype])
  const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } }
  let offset = 0
  for (const { name, shape, data, dtype } of entries) {
    const refuse = (what: string) => {
      throw new InputError(`tensor ${name} ${what}`, { where: path, fix: 'Nothing was written.' })
    }
    if (product(shape) !== data.length) refuse(`has ${data.length} values, but shape [${shape}]`)
    const place = firstNonFinite(data)
    if (place !== -1) refuse(`holds ${data[place]} at element ${place}`)
    const begin = offset
    offset += data.length * elementBytes[dtype]
    header[name] = { dtype, shape, data_offsets: [begin, offset] }
  }
  const json = Buffer.from(JSON.stringify(header))
  const head = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ')
  head.writeBigUInt64LE(BigInt(head.length - 8))
  json.copy(head, 8)
  const temporary = `${path}.${process.pid}-${threadId}.tmp`
  try {
    const file = openSync(temporary, 'w')
    try {
      writeFully(file, head)
      for (const { name, data, dtype } of entries)
        writeFully(file, dtype === 'F32' ? data : narrowed(data, dtype, name, path))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** Elements of a tensor. */
export function product(shape: readonly number[]): number {
  return shape.reduce((total, size) => total * size, 1)
}

function openToRead(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new InputError(missing ? 'no such file' : `cannot be opened: ${(cause as Error).message}`, {
      where: path,
      cause,
    })
  }
}

const headerSchema = z.record(
  z.string(),
  z.object({
    dtype: z.string(),
    shape: z.array(z.number().int().nonnegative()),
    data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
  }),
)
const metadataSchema = z.record(z.string(), z.string())

function readHeader(
  file: number,
  path: string,
): { entries: Entry[]; metadata: Record<string, string>; dataStart: number } {
  const refuse = (what: string, cause?: unknown): never => {
    throw new InputError(what, {
      where: path,
      fix: 'The file is damaged or not a safetensors file; copy or download it again.',
      cause,
    })
  }
  const stat = fstatSync(file)
  if (!stat.isFile()) refuse('not a file')
  if (stat.size < 8) refuse(`cut short: ${stat.size} bytes, and the header's length alone takes 8`)
  const lengthBytes = Buffer.alloc(8)
  readFully(file, lengthBytes, 0)
  const length = lengthBytes.readBigUInt64LE()
  if (length > longestHeader)
    refuse(`claims a header of ${length} bytes; at most ${longestHeader} are allowed`)
  const dataStart = 8 + Number(length)
  if (dataStart > stat.size)
    refuse(`cut short: the header takes ${length} bytes, but only ${stat.size - 8} follow its length`)
  const text = Buffer.alloc(Number(length))
  readFully(file, text, 8)
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text))
  } catch (cause) {
    return refuse(`the header is not JSON: ${(cause as Error).message}`, cause)
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return refuse('the header is not a JSON object')
  const { __metadata__: rawMetadata = {}, ...rawTensors } = json as Record<string, unknown>
  const metadata = metadataSchema.safeParse(rawMetadata)
  const tensors = headerSchema.safeParse(rawTensors)
  if (!metadata.success) return refuse(`__metadata__: ${metadata.error.issues[0].message}`)
  if (!tensors.success) {
    const { path: place, message } = tensors.error.issues[0]
    return refuse(`the header is malformed: ${place.map(String).join('.') || 'its content'}: ${message}`)
  }
  const entries = Object.entries(tensors.data).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [begin, end],
      },
    ]) => ({ name, dtype, shape, begin, end }),
  )
  checkPlaces(entries, stat.size - dataStart, refuse)
  return { entries, metadata: metadata.data, dataStart }
}

/** The tensors must tile the data: no overlap, no gap, nothing after the last. */
function checkPlaces(entries: Entry[], dataBytes: number, refuse: (what: string) => never): void {
  const sorted = entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)
  let expected = 0
  for (const { name, dtype, shape, begin, end } of sorted) {
    const at = `tensor ${name} at bytes ${begin} to ${end} of the data`
    if (end < begin) refuse(`${at} ends before it begins`)
    if (end > dataBytes)
      refuse(`${at} is out of range: the file is cut short, ${dataBytes} bytes of data are there`)
    if (begin < expected) refuse(`${at} overlaps the one before it, which ends at ${expected}`)
    if (begin > expected) refuse(`${at} leaves a gap after byte ${expected}`)
    const bytes = elementBytes[dtype]
    if (bytes !== undefined && product(shape) * bytes !== end - begin)
      refuse(
        `${at} has ${end - begin} bytes, but shape [${shape}] of ${dtype} takes ${product(shape) * bytes}`,
      )
    expected = end
  }
  if (expected !== dataBytes) refuse(`${dataBytes - expected} bytes follow the last tensor`)
}

/** Elements that are read at a time where they must be converted. */
const block = 2 ** 22

/** Assumes a little-endian machine, as every platform of onnxruntime-node is. */
function readData(file: number, entry: Entry, dataStart: number, path: string): Float32Array {
  const { name, dtype, begin } = entry
  const data = new Float32Array(product(entry.shape))
  const convert = (
    make: (length: number) => Uint16Array | Float64Array,
    into: (raw: Uint16Array | Float64Array, at: number) => void,
  ) => {
    for (let at = 0; at < data.length; at += block) {
      const raw = make(Math.min(block, data.length - at))
      readFully(file, raw, dataStart + begin + at * raw.BYTES_PER_ELEMENT)
      into(raw, at)
    }
    return data
  }
  const halves = (length: number) => new Uint16Array(length)
  switch (dtype) {
    case 'F32':
      readFully(file, data, dataStart + begin)
      return data
    case 'F64':
      return convert(
        (length) => new Float64Array(length),
        (raw, at) => data.set(raw, at),
      )
    case 'F16': {
      const table = halfTable()
      return convert(halves, (raw, at) => {
        for (let i = 0; i < raw.length; i++) data[at + i] = table[raw[i]]
      })
    }
    case 'BF16': {
      const bits = new Uint32Array(data.buffer)
      return convert(halves, (raw, at) => {
        for (let i = 0; i < raw.length; i++) bits[at + i] = raw[i] << 16
      })
    }
    default:
      throw new InputError(`tensor ${name} has dtype ${dtype}`, {
        where: path,
        fix: `Supported: ${Object.keys(elementBytes).join(', ')}. Quantised checkpoints are not; use the original one.`,
      })
  }
}

function narrowed(data: Float32Array, dtype: 'F16' | 'BF16', name: string, path: string): Uint16Array {
  const narrow = dtype === 'F16' ? halfFromFloat : bfloatFromFloat
  const result = new Uint16Array(data.length)
  for (let i = 0; i < data.length; i++) {
    const bits = narrow(data[i])
    if (bits === undefined)
      throw new InputError(
        `tensor ${name} holds ${data[i]} at element ${i}, too large for ${dtype}${dtype === 'F16' ? ' (at most 65504)' : ''}`,
        { where: path, fix: 'Write F32.' },
      )
    result[i] = bits
  }
  return result
}

function firstNonFinite(data: Float32Array): number {
  for (let i = 0; i < data.length; i++) if (data[i] - data[i] !== 0) return i
  return -1
}

/** One call moves at most 2 GiB. */
const chunk = 2 ** 30

function readFully(file: number, into: NodeJS.ArrayBufferView, position: number): void {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength)
  for (let done = 0; done < bytes.length; ) {
    const read = readSync(file, bytes, done, Math.min(chunk, bytes.length - done), position + done)
    if (read === 0) throw new Error('the file shrank while it was read')
    done += read
  }
}

function writeFully(file: number, from: NodeJS.ArrayBufferView): void {
  const bytes = new Uint8Array(from.buffer, from.byteOffset, from.byteLength)
  for (let done = 0; done < bytes.length; )
    done += writeSync(file, bytes, done, Math.min(chunk, bytes.length - done))
}
