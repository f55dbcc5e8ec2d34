import { problemIn, type TextOrMessages } from './messages.ts'

/** How a family of models marks the turns of a conversation in one text. */
interface ChatTemplate {
  /** Opens a user's turn. */
  user: RegExp
  /** Closes it, where something does before the answer opens. */
  close?: string
  /** Opens the model's turn. */
  assistant: RegExp
}

const templates: ChatTemplate[] = [
  // ChatML: Qwen and many others
  { user: /<\|im_start\|>user\n/g, close: '<|im_end|>', assistant: /<\|im_start\|>assistant\n/g },
  // Llama 3
  {
    user: /<\|start_header_id\|>user<\|end_header_id\|>\n\n/g,
    close: '<|eot_id|>',
    assistant: /<\|start_header_id\|>assistant<\|end_header_id\|>\n\n/g,
  },
  // Gemma
  { user: /<start_of_turn>user\n/g, close: '<end_of_turn>', assistant: /<start_of_turn>model\n/g },
  // DeepSeek
  { user: /<｜User｜>/g, assistant: /<｜Assistant｜>/g },
  // Phi, Zephyr
  { user: /<\|user\|>\n?/g, close: '<|end|>', assistant: /<\|assistant\|>\n?/g },
  // Llama 2, Mistral; a system message may stand in the first turn
  { user: /\[INST\](?:\s*<<SYS>>[^<]*<<\/SYS>>)?/g, assistant: /\[\/INST\]/g },
  // models of this package
  { user: /<\|problem\|>/g, assistant: /<\|solution\|>/g },
  // words, as OpenRLHF's --input_template has them
  { user: /^\s*(?:User|Human):/g, assistant: /\n[^\S\n]*Assistant: ?/g },
]

/**
 * The problem in a prompt as trainers have it, messages or what a chat template has made of them: the text of the last turn of the
 * user. The whole prompt where no template is known.
 */
export function problemInPrompt(prompt: TextOrMessages): string {
  if (typeof prompt !== 'string') return problemIn(prompt)
  const template = templateOf(prompt)
  const turn = template && [...prompt.matchAll(template.user)].at(-1)
  if (!template || !turn) return prompt.trim()
  return userTurn(prompt, template, turn.index + turn[0].length).problem
}

/**
 * A prompt and its response that a trainer has made one text of: the first turn of the user is the problem, and all that follows the
 * first opening of the model's turn is the response. So whatever turns the response pretends to hold, they are its text, and it is
 * judged by the problem that it was given. null where no template is known.
 */
export function problemAndResponse(text: string): { problem: string; response: string } | null {
  const template = templateOf(text)
  const turn = template && text.matchAll(template.user).next().value
  if (!template || !turn) return null
  // a prompt without a template, and a response that has one, are no conversation
  if (!/^\s*(?:[<[]|$)/.test(text.slice(0, turn.index))) return null
  const { problem, responseAt } = userTurn(text, template, turn.index + turn[0].length)
  return responseAt === null ? null : { problem, response: text.slice(responseAt) }
}

/** The template whose user's turn opens first: nothing that a response holds can be before it. */
function templateOf(text: string): ChatTemplate | undefined {
  let found: ChatTemplate | undefined
  let first = Number.POSITIVE_INFINITY
  for (const template of templates) {
    const turn = text.matchAll(template.user).next().value
    if (turn !== undefined && turn.index < first) [found, first] = [template, turn.index]
  }
  return found
}

function userTurn(text: string, { close, assistant }: ChatTemplate, from: number) {
  assistant.lastIndex = from
  const opening = assistant.exec(text)
  assistant.lastIndex = 0
  const end = opening?.index ?? text.length
  const closed = close === undefined ? -1 : text.indexOf(close, from)
  const problem = text.slice(from, closed === -1 ? end : Math.min(closed, end)).replace(/<\/s>\s*$/, '')
  return { problem: problem.trim(), responseAt: opening && opening.index + opening[0].length }
}

/** Padding, the mark of a beginning, and the marks with which a template opens. */
const opening = /^(?:<[^<>]{1,40}>|\s){0,10000}/

/**
 * The response in a text of prompt and response, as OpenRLHF sends it: what follows the prompt, before which only padding and the mark
 * of a beginning may stand. null where the text is not so.
 */
export function responseAfter(prompt: string, text: string): string | null {
  const [ofPrompt, ofText] = [prompt, text].map((each) => opening.exec(each)![0].length)
  // a prompt of marks alone may go on in the response
  const at = ofPrompt === prompt.length ? 0 : ofText - ofPrompt
  return at >= 0 && text.startsWith(prompt, at) ? text.slice(at + prompt.length) : null
}
