import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { scratchFolder } from '../data/scratch.fixture.ts'
import { InputError } from '../reasoning/errors.ts'
import { floatFromHalf, halfFromFloat } from './float16.ts'
import { readSafetensors, type Tensor, writeSafetensors } from './safetensors.ts'

let path: string
beforeEach(() => {
  path = join(scratchFolder(), 'model.safetensors')
})

const tensor = (shape: number[], values: number[]): Tensor => ({ shape, data: Float32Array.from(values) })

/** A file with this header and data, as anything might have written it. */
function file(header: unknown, data: NodeJS.ArrayBufferView | number = 0): string {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  const bytes =
    typeof data === 'number' ? Buffer.alloc(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  writeFileSync(path, Buffer.concat([length, json, bytes]))
  return path
}

const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
})

describe('what was written comes back', () => {
  test('F32: every bit, in order, with scalars and empty tensors', () => {
    const finite = fc.float({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(fc.array(fc.array(finite)), (rows) => {
        const tensors = new Map(
          rows.map((row, index) => [`layer.${rows.length - index}.π`, tensor([row.length], row)]),
        )
        tensors.set('scalar', tensor([], [0.1]))
        writeSafetensors(path, tensors, { metadata: { made: 'by assay' } })
        const read = readSafetensors(path)
        expect([...read.tensors]).toEqual([...tensors])
        expect(read.metadata).toEqual({ format: 'pt', made: 'by assay' })
      }),
    )
  })

  test('BF16: rounded to the nearest, ties to even; what was BF16 comes back bit by bit', () => {
    const values = [1.00390625, 1.01171875, -3, 1e-37, 3.3e38, 0.1]
    writeSafetensors(path, new Map([['a', tensor([6], values)]]), { dtype: 'BF16' })
    const once = readSafetensors(path).tensors.get('a')!.data
    expect([...once.subarray(0, 3)]).toEqual([1, 1.015625, -3])
    for (const [i, value] of once.entries()) expect(Math.abs(value / values[i] - 1)).toBeLessThan(2 ** -8)
    const any = fc.float({
      noNaN: true,
      noDefaultInfinity: true,
      max: Math.fround(1e38),
      min: Math.fround(-1e38),
    })
    fc.assert(
      fc.property(fc.array(any), (row) => {
        const write = (data: Float32Array) =>
          writeSafetensors(path, new Map([['a', { shape: [data.length], data }]]), { dtype: 'BF16' })
        write(Float32Array.from(row))
        const rounded = readSafetensors(path).tensors.get('a')!.data
        write(rounded)
        expect(readSafetensors(path).tensors.get('a')!.data).toEqual(rounded)
      }),
    )
    const most = new Map([['a', tensor([1], [3.4e38])]])
    expect(() => writeSafetensors(path, most, { dtype: 'BF16' })).toThrow(
      /e\+38 at element 0, too large for BF16/,
    )
  })

  test('each tensor of its own type: wider ones first, so that all lie at multiples of their size', () => {
    const tensors = new Map([
      ['half', tensor([3], [1, 2, 3])],
      ['whole', tensor([1], [0.1])],
      ['brain', tensor([1], [-1])],
    ])
    const dtypes = { half: 'F16', whole: 'F32', brain: 'BF16' } as const
    writeSafetensors(path, tensors, { dtype: (name) => dtypes[name as keyof typeof dtypes] })
    const read = readSafetensors(path, { want: (name) => name !== 'brain' })
    expect([...read.tensors.keys()]).toEqual(['whole', 'half'])
    expect(read.tensors.get('whole')).toEqual(tensors.get('whole'))
    expect(read.tensors.get('half')).toEqual(tensors.get('half'))
    expect([...read.places]).toEqual([
      ['whole', { shape: [1], dtype: 'F32' }],
      ['half', { shape: [3], dtype: 'F16' }],
      ['brain', { shape: [1], dtype: 'BF16' }],
    ])
  })

  test('a tensor longer than what is converted at a time', () => {
    const data = new Float32Array(2 ** 22 + 3).map((_, i) => i % 251)
    for (const dtype of ['F16', 'BF16'] as const) {
      writeSafetensors(path, new Map([['a', { shape: [data.length], data }]]), { dtype })
      const read = readSafetensors(path).tensors.get('a')!.data
      expect(read.every((value, i) => value === data[i])).toBe(true)
    }
  })

  test('the data starts at a multiple of 8', () => {
    for (const name of ['a', 'ab', 'abc', 'abcdefgh']) {
      writeSafetensors(path, new Map([[name, tensor([1], [1])]]))
      expect(Number(readFileSync(path).readBigUInt64LE()) % 8).toBe(0)
    }
  })

  test('F16: rounded to the nearest half', () => {
    writeSafetensors(path, new Map([['a', tensor([2, 2], [1.0004, -2, 65519, 1e-9])]]), { dtype: 'F16' })
    expect([...readSafetensors(path).tensors.get('a')!.data]).toEqual([1, -2, 65504, 0])
  })

  test('only what is wanted is read', () => {
    file({ a: entry('F32', [1], 0, 4), b: entry('I64', [1], 4, 12) }, 12)
    expect([...readSafetensors(path, { want: (name) => name === 'a' }).tensors.keys()]).toEqual(['a'])
  })

  test('100 MB come back', () => {
    const data = new Float32Array(25_000_000).fill(0.25)
    writeSafetensors(path, new Map([['big', { shape: [5000, 5000], data }]]))
    const read = readSafetensors(path).tensors.get('big')
    expect(read?.shape).toEqual([5000, 5000])
    expect(read?.data.every((value) => value === 0.25)).toBe(true)
  })
})

describe('other number types', () => {
  test('BF16', () => {
    file({ a: entry('BF16', [3], 0, 6) }, new Uint16Array([0x3f80, 0xc000, 0x3dcd]))
    expect([...readSafetensors(path).tensors.get('a')!.data]).toEqual([1, -2, 0.10009765625])
  })

  test('F64', () => {
    file({ a: entry('F64', [2], 0, 16) }, new Float64Array([0.1, -3]))
    expect([...readSafetensors(path).tensors.get('a')!.data]).toEqual([Math.fround(0.1), -3])
  })

  test('F16: subnormal, smallest, largest', () => {
    file({ a: entry('F16', [4], 0, 8) }, new Uint16Array([0x0001, 0x03ff, 0x7bff, 0x8000]))
    expect([...readSafetensors(path).tensors.get('a')!.data]).toEqual([2 ** -24, 1023 * 2 ** -24, 65504, -0])
  })
})

describe('float16', () => {
  test('every finite half comes back', () => {
    const finite = Array.from({ length: 65536 }, (_, half) => half).filter(
      (half) => (half & 0x7c00) !== 0x7c00,
    )
    expect(finite.map((half) => halfFromFloat(floatFromHalf(half)))).toEqual(finite)
  })

  test('rounds to the nearest, ties to even', () => {
    const bits = fc.integer({ min: 0, max: 0x7bfe })
    fc.assert(
      fc.property(bits, fc.double({ min: 0, max: 1, noNaN: true }), (half, share) => {
        const [low, high] = [floatFromHalf(half), floatFromHalf(half + 1)]
        const middle = (low + high) / 2
        expect(halfFromFloat(middle)).toBe(half % 2 === 0 ? half : half + 1)
        const between = Math.fround(low + share * (high - low))
        if (between !== middle) expect(halfFromFloat(between)).toBe(between < middle ? half : half + 1)
        expect(halfFromFloat(-middle)).toBe(halfFromFloat(middle)! | 0x8000)
      }),
      { numRuns: 2000 },
    )
  })

  test('vanishes below half the smallest, overflows from 65520 on', () => {
    expect(halfFromFloat(2 ** -25)).toBe(0)
    expect(halfFromFloat(2 ** -25 * 1.001)).toBe(1)
    expect(halfFromFloat(-1e-40)).toBe(0x8000)
    expect(halfFromFloat(65519.99)).toBe(0x7bff)
    expect(halfFromFloat(65520)).toBeUndefined()
    expect(halfFromFloat(-1e30)).toBeUndefined()
  })
})

describe('a file that is wrong', () => {
  const reading = (file: string) => () => readSafetensors(file)
  const fails = (file: string, message: RegExp) => {
    expect(reading(file)).toThrow(InputError)
    expect(reading(file)).toThrow(message)
    expect(reading(file)).toThrow(file)
  }

  test('missing, or a directory', () => {
    fails(path, /no such file/)
    fails(tmpdir(), /not a file|cannot be opened/)
  })

  test('header cut short', () => {
    writeFileSync(path, 'abc')
    fails(path, /cut short: 3 bytes/)
    file({ a: entry('F32', [1], 0, 4) }, 4)
    writeFileSync(path, readFileSync(path).subarray(0, 20))
    fails(path, /cut short: the header takes \d+ bytes, but only 12 follow/)
  })

  test('an absurd header length', () => {
    writeFileSync(path, Buffer.alloc(64, 0xff))
    fails(path, /claims a header of 18446744073709551615 bytes/)
  })

  test('a header that is not JSON, not UTF-8, or not a header', () => {
    fails(file('{"a":'), /header is not JSON/)
    writeFileSync(path, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0xff]))
    fails(path, /header is not JSON/)
    for (const header of [[], 3, null]) fails(file(header), /header is not a JSON object/)
    for (const header of [
      { a: 1 },
      { a: entry('F32', [-1], 0, 4) },
      { a: { dtype: 'F32', shape: [1] } },
      { a: entry('F32', [0.5], 0, 4) },
    ])
      fails(file(header, 4), /header is malformed: a/)
    fails(file({ __metadata__: { a: 1 } }), /__metadata__/)
  })

  test('data cut short at any byte', () => {
    writeSafetensors(
      path,
      new Map([
        ['a', tensor([3], [1, 2, 3])],
        ['b', tensor([1], [4])],
      ]),
    )
    const whole = readFileSync(path)
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length))
      fails(path, /cut short|not a file/)
    }
  })

  test('offsets that overlap, leave a gap, run backwards, or leave bytes over', () => {
    fails(
      file({ a: entry('F32', [2], 0, 8), b: entry('F32', [1], 4, 8) }, 8),
      /tensor b at bytes 4 to 8 .* overlaps/,
    )
    fails(file({ a: entry('F32', [1], 4, 8) }, 8), /tensor a .* gap after byte 0/)
    fails(file({ a: entry('F32', [1], 4, 0) }, 8), /tensor a .* ends before it begins/)
    fails(file({ a: entry('F32', [1], 0, 4) }, 8), /4 bytes follow the last tensor/)
  })

  test('offsets out of range', () => {
    fails(
      file({ a: entry('F32', [100], 0, 400) }, 8),
      /tensor a .* out of range: the file is cut short, 8 bytes/,
    )
  })

  test('offsets that do not fit the shape and dtype', () => {
    fails(file({ a: entry('F32', [3], 0, 8) }, 8), /tensor a .* has 8 bytes, but shape \[3\] of F32 takes 12/)
    fails(file({ a: entry('F16', [2, 2], 0, 4) }, 4), /shape \[2,2\] of F16 takes 8/)
    fails(file({ a: entry('F32', [2 ** 40, 2 ** 40], 0, 4) }, 4), /but shape/)
  })

  test('an unknown dtype', () => {
    fails(
      file({ a: entry('Q4_K', [1], 0, 4) }, 4),
      /tensor a has dtype Q4_K\n.*Supported: F16, BF16, F32, F64/,
    )
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d in a tensor', (value) => {
    fails(
      file({ a: entry('F32', [1], 0, 4), b: entry('F32', [2], 4, 12) }, new Float32Array([1, 2, value])),
      /tensor b holds -?(NaN|Infinity) at element 1/,
    )
  })

  test('infinities of the other types, and F64 beyond float32', () => {
    fails(file({ a: entry('F16', [1], 0, 2) }, new Uint16Array([0x7c00])), /holds Infinity/)
    fails(file({ a: entry('BF16', [1], 0, 2) }, new Uint16Array([0x7fc0])), /holds NaN/)
    fails(file({ a: entry('F64', [1], 0, 8) }, new Float64Array([1e300])), /holds Infinity/)
  })
})

describe('a write that fails leaves the old file as it was', () => {
  const old = new Map([['a', tensor([1], [1])]])
  test.each([
    ['NaN', tensor([1], [Number.NaN]), /tensor b holds NaN at element 0/],
    ['too large for F16', tensor([2], [0, 70000]), /tensor b holds 70000 at element 1, too large for F16/],
    ['shape not filled', tensor([2, 2], [1]), /tensor b has 1 values, but shape \[2,2\]/],
  ])('%s', (_, bad, message) => {
    writeSafetensors(path, old)
    expect(() => writeSafetensors(path, new Map([...old, ['b', bad]]), { dtype: 'F16' })).toThrow(message)
    expect(readSafetensors(path).tensors).toEqual(old)
    expect(readdirSync(join(path, '..'))).toEqual(['model.safetensors'])
  })

  test('a folder that does not exist', () => {
    expect(() => writeSafetensors(join(path, 'none', 'x'), old)).toThrow(/ENOENT/)
    expect(existsSync(path)).toBe(false)
  })
})
