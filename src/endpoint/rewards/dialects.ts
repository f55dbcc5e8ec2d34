import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { describeIssue } from '../../data/issues.ts'
import { InputError } from '../../reasoning/errors.ts'
import { chatLogprobs } from './chat-logprobs.ts'
import { chatNames } from './chats.ts'
import { classify } from './classify.ts'
import { generativeScoring } from './generative-scoring.ts'
import { checkpointJson, hazardHead, headLayout } from './hazard-head.ts'
import { llamaCpp } from './llama-cpp.ts'
import { mathShepherd } from './math-shepherd.ts'
import { qwenMathPrm } from './qwen-math-prm.ts'
import { scalar } from './scalar.ts'
import { rerank, score } from './score.ts'
import { sglangClassify, sglangScore } from './sglang.ts'
import { type TaggedSteps, taggedSteps } from './tagged-steps.ts'
import type { Dialect, Scale, Wire } from './types.ts'
import { rlhflow, type YesNo, yesNo } from './yes-no.ts'

const chat = z.enum(chatNames)
const scale = z.enum(['probability', 'log-odds'])
const context = z.int().positive()
const columns = { columns: z.int().positive(), column: z.int().nonnegative() }

const tagged = z
  .strictObject({
    before: z.string().includes('{problem}', { error: 'holds no {problem}' }),
    // a tag of one character could not be broken where others write it
    tag: z.string().regex(/\S{2}|^\n+$/, { error: 'must hold two characters together, or be line breaks' }),
    between: z.string(),
    after: z.string(),
    ...columns,
    scale,
  })
  .partial()

const label = z.union([z.string().regex(/\S/, { error: 'is empty' }), z.int().nonnegative()])
const asked = z
  .strictObject({
    chat,
    labels: z.tuple([label, label], { error: 'must be two: of a good and of a bad step' }),
    layout: z.enum(['question', 'turns']),
    system: z.string(),
    context,
  })
  .partial()

const rated = z.strictObject({ chat, scale, between: z.string(), ...columns }).partial()

/** A dialect that can be named, as settings change it. */
interface Known {
  settings: z.ZodType<object>
  make(settings: object, id: string): Dialect
}

function known<Settings extends z.ZodType<object>>(
  settings: Settings,
  make: (settings: z.output<Settings>, id: string) => Dialect,
): Known {
  return { settings, make: (given, id) => make(given as z.output<Settings>, id) }
}

function ofSteps(model: TaggedSteps, about: Pick<Dialect, 'says' | 'serve'>) {
  return known(tagged, (settings, id) => {
    const both = { ...model, ...settings }
    checkColumn(both, id)
    return taggedSteps(both, { ...about, id })
  })
}

function ofLabels(wire: Wire, serve: string, defaults: YesNo = {}) {
  return known(asked, ({ context, ...given }, id) => {
    const settings = { ...defaults, ...given }
    const isChat = wire === chatLogprobs
    if (isChat && (settings.chat ?? settings.layout) !== undefined)
      throw new InputError('the server writes chats down itself', {
        where: id,
        fix: 'Leave out chat and layout.',
      })
    if (!isChat) needsChat(settings, id)
    return { ...yesNo(settings, { id, wire, serve }), context }
  })
}

function checkColumn(
  { columns, column, scale }: { columns: number; column: number; scale?: Scale },
  id: string,
): void {
  if (column >= columns)
    throw new InputError(`column ${column} of ${columns}: they count from 0`, { where: id })
  if (columns > 1 && scale === 'log-odds')
    throw new InputError('log-odds are of one column; several are probabilities', { where: id })
}

function needsChat(settings: { chat?: string }, id: string): void {
  if (settings.chat === undefined)
    throw new InputError('does not say how its model writes a chat down', {
      where: id,
      fix: `Add it to the name: ${id.split(' ')[0]}:chatml for models of Qwen; there are ${chatNames.join(', ')}.`,
    })
}

const vllm = 'vllm serve MODEL'

const all = {
  'qwen-math-prm': ofSteps(qwenMathPrm, {
    says: 'good',
    serve:
      'vllm serve Qwen/Qwen2.5-Math-PRM-7B --runner pooling --pooler-config ' +
      `'{"pooling_type": "STEP", "step_tag_id": 151651}'`,
  }),
  'math-shepherd': known(asked.pick({ labels: true, context: true }), (settings, id) =>
    mathShepherd(settings, { id, serve: 'vllm serve peiyi9979/math-shepherd-mistral-7b-prm' }),
  ),
  'hazard-head': ofSteps(hazardHead, {
    says: 'hazard',
    serve:
      `${vllm} --runner pooling --pooler-config ` +
      `'{"task": "token_classify", "pooling_type": "STEP", "step_tag_id": ID}'`,
  }),
  'yes-no-vllm': ofLabels(generativeScoring, vllm),
  'yes-no-sglang': ofLabels(sglangScore, 'python3 -m sglang.launch_server --model-path MODEL'),
  'yes-no-llama-cpp': ofLabels(llamaCpp, 'llama-server -m MODEL.gguf'),
  'yes-no-chat': ofLabels(chatLogprobs, 'ollama serve'),
  'rlhflow-prm': ofLabels(generativeScoring, 'vllm serve RLHFlow/Llama3.1-8B-PRM-Deepseek-Data', rlhflow),
  'scalar-vllm': known(rated, ({ columns = 1, column = 0, chat, ...settings }, id) => {
    checkColumn({ columns, column, scale: settings.scale }, id)
    const scale = settings.scale ?? (columns === 1 ? 'log-odds' : 'probability')
    const wire = (activation: boolean) => classify({ columns, column, chat: chat === undefined, activation })
    return scalar(
      { ...settings, chat, scale },
      {
        id,
        wire: wire(scale === 'probability'),
        ...(scale === 'log-odds' && { activated: wire(true) }),
        serve: 'vllm serve Skywork/Skywork-Reward-V2-Qwen3-0.6B --runner pooling',
      },
    )
  }),
  'scalar-sglang': known(rated.omit({ columns: true, column: true }), (settings, id) => {
    needsChat(settings, id)
    return scalar(
      { scale: 'log-odds', ...settings },
      {
        id,
        wire: sglangClassify,
        serve: 'python3 -m sglang.launch_server --model-path MODEL --is-embedding',
      },
    )
  }),
  'score-vllm': known(rated.pick({ between: true, scale: true }), pairs(score)),
  'rerank-vllm': known(rated.pick({ between: true, scale: true }), pairs(rerank)),
} satisfies Record<string, Known>

function pairs(wire: (activation?: boolean) => Wire) {
  return ({ scale = 'probability', between }: { scale?: Dialect['scale']; between?: string }, id: string) =>
    scalar(
      { scale, between },
      {
        id,
        ...(scale === 'log-odds' ? { wire: wire(false), activated: wire(true) } : { wire: wire() }),
        serve: `${vllm} --runner pooling`,
      },
    )
}

export type DialectName = keyof typeof all

export const dialectNames = Object.keys(all) as DialectName[]

/**
 * A dialect by its name (`qwen-math-prm`), its name and its model's chats (`yes-no-vllm:chatml`), a JSON file with its name and
 * settings (`{"dialect": "yes-no-vllm", "chat": "chatml", "labels": ["+", "-"]}`), or the assay.json of a checkpoint of ours.
 * @throws InputError on a name that is none, and on settings that it does not have
 */
export function dialectNamed(text: string): Dialect {
  if (text.endsWith('.json')) return dialectOf(parsed(text), text)
  const [dialect, ...chat] = text.split(':')
  return dialectOf({ dialect, ...(chat.length > 0 && { chat: chat.join(':') }) }, `dialect ${text}`)
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new InputError(`is no JSON file (${(cause as Error).message})`, { where: path, cause })
  }
}

const named = z.looseObject({ dialect: z.string() })

/** @param where names it in errors */
export function dialectOf(value: unknown, where: string): Dialect {
  const checkpoint = checkpointJson.safeParse(value)
  if (checkpoint.success) {
    const { kind } = checkpoint.data
    if (['crm', 'masked-prm'].includes(kind))
      return dialectOf({ dialect: 'hazard-head', ...headLayout(checkpoint.data) }, where)
    throw new InputError(`is of a ${kind}, and only checkpoints with hazards can be asked on a server`, {
      where,
    })
  }
  const read = named.safeParse(value)
  if (!read.success) throw new InputError(describeIssue(read.error.issues[0], value), { where })
  const { dialect: name, ...settings } = read.data
  if (!Object.hasOwn(all, name))
    throw new InputError(`no dialect is called ${name}`, {
      where,
      fix: `dialects: ${dialectNames.join(', ')}`,
    })
  const { settings: schema, make } = all[name as DialectName]
  const given = schema.safeParse(settings)
  if (!given.success) {
    const [issue] = given.error.issues
    const what =
      issue.code === 'unrecognized_keys'
        ? `${name} has no setting ${issue.keys.join(', ')}`
        : describeIssue(issue, settings)
    throw new InputError(what, { where })
  }
  const id = Object.keys(settings).length === 0 ? name : `${name} ${JSON.stringify(settings)}`
  return make(given.data, id)
}
