/**
 * Writes ONNX models: the few protobuf messages that a graph of nodes, inputs, outputs and constants needs.
 * Field numbers from onnx.proto (IR version 10).
 */
export type ElementType = 'float32' | 'int64' | 'int32' | 'bool'
/** A fixed size, or the name of one that is known only when the graph runs. */
export type Dimension = number | string
export type Attribute = number | number[] | string | { float: number }

export interface OnnxValue {
  name: string
  type: ElementType
  shape: readonly Dimension[]
}
export interface OnnxNode {
  operator: string
  domain: string
  inputs: string[]
  outputs: string[]
  attributes: Record<string, Attribute>
}
export interface OnnxConstant extends OnnxValue {
  shape: readonly number[]
  data: Float32Array | BigInt64Array | Int32Array
}
export interface OnnxGraph {
  nodes: OnnxNode[]
  inputs: OnnxValue[]
  outputs: OnnxValue[]
  constants: OnnxConstant[]
}

const typeNumber: Record<ElementType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 }
const utf8 = new TextEncoder()

export function encodeModel(graph: OnnxGraph): Uint8Array {
  const opsets = [opset('', 21), opset('com.microsoft', 1)]
  return join([
    integer(1, 10),
    text(2, 'assay'),
    message(7, [
      ...graph.nodes.map((node) => message(1, encodeNode(node))),
      text(2, 'graph'),
      ...graph.constants.map((constant) => message(5, encodeConstant(constant))),
      ...graph.inputs.map((value) => message(11, encodeValue(value))),
      ...graph.outputs.map((value) => message(12, encodeValue(value))),
    ]),
    ...opsets,
  ])
}

function opset(domain: string, version: number): Uint8Array {
  return message(8, [text(1, domain), integer(2, version)])
}

function encodeNode(node: OnnxNode): Uint8Array[] {
  return [
    ...node.inputs.map((name) => text(1, name)),
    ...node.outputs.map((name) => text(2, name)),
    text(4, node.operator),
    ...Object.entries(node.attributes).map(([name, value]) => message(5, encodeAttribute(name, value))),
    text(7, node.domain),
  ]
}

function encodeAttribute(name: string, value: Attribute): Uint8Array[] {
  if (typeof value === 'number') return [text(1, name), integer(3, value), integer(20, 2)]
  if (typeof value === 'string') return [text(1, name), text(4, value), integer(20, 3)]
  if (Array.isArray(value)) return [text(1, name), ...value.map((item) => integer(8, item)), integer(20, 7)]
  return [text(1, name), float(2, value.float), integer(20, 1)]
}

function encodeConstant(constant: OnnxConstant): Uint8Array[] {
  const { data } = constant
  return [
    ...constant.shape.map((size) => integer(1, size)),
    integer(2, typeNumber[constant.type]),
    text(8, constant.name),
    bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]
}

function encodeValue(value: OnnxValue): Uint8Array[] {
  const sizes = value.shape.map((size) =>
    message(1, [typeof size === 'number' ? integer(1, size) : text(2, size)]),
  )
  return [
    text(1, value.name),
    message(2, [message(1, [integer(1, typeNumber[value.type]), message(2, sizes)])]),
  ]
}

function message(field: number, parts: Uint8Array[]): Uint8Array {
  return bytes(field, join(parts))
}

function text(field: number, value: string): Uint8Array {
  return bytes(field, utf8.encode(value))
}

function bytes(field: number, value: Uint8Array): Uint8Array {
  return join([variable(field * 8 + 2), variable(value.length), value])
}

function integer(field: number, value: number): Uint8Array {
  return join([variable(field * 8), variable(value)])
}

function float(field: number, value: number): Uint8Array {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setFloat32(0, value, true)
  return join([variable(field * 8 + 5), out])
}

/** Base-128 varint; a negative number is its 64-bit two's complement. */
function variable(value: number): Uint8Array {
  const out: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  do {
    const low = Number(rest & 127n)
    rest >>= 7n
    out.push(rest > 0n ? low | 128 : low)
  } while (rest > 0n)
  return Uint8Array.from(out)
}

function join(parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
