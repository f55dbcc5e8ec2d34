/**
 * The final answer a solution states, read from its last step: `Answer: 12`, `\boxed{12}` or "the answer is 12", in bold
 * (`**`) or not, `<answer>12</answer>`, or `#### 12` as GSM8K has it. The last one of a step counts, a box before words. null when there is none. The time that it takes
 * grows as the text's length. Compare answers with {@link sameAnswer}.
 */
export function answerOf(steps: readonly string[]): string | null {
  const text = oneLine(steps.at(-1) ?? '')
  const found =
    lastBox(text) ??
    lastTagged(text) ??
    lastStated(text) ??
    headed.exec(text)?.[1] ??
    bare.exec(text)?.[1] ??
    ''
  const answer = normalise(withoutBold(found))
  return answer === '' ? null : answer
}

/** `Answer 12` */
const headed = /^\W*answer\** (.+)$/i
/** `the answer must be 7`: a number or a letter; behind other words "answer" is often a verb, and no answer follows. */
const bare =
  /\banswer\**(?: (?:must|should|would|will|has to) be| (?:comes|came) (?:out )?to| equals)? (\**\(?(?:[-+\u2212$]{0,2}\d[\d.,/]*|[a-z])\)?\**)\.?$/i

/**
 * Two answers that mean the same: case, spaces, closing full stops, the signs of TeX around it and a number's spelling (007, +7, 7.0, .7, 7,000,
 * the minus sign U+2212) aside. Numbers of any length are told apart.
 */
export function sameAnswer(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && normalise(a) === normalise(b)
}

/** The one spelling of all answers that are the same as this one. */
export function normalise(answer: string): string {
  const plain = withoutTeX(withoutEnd(oneLine(answer), '. ').toLowerCase())
  const [, sign, whole, fraction = ''] =
    /^([+\-\u2212]?)(\d+|\d{1,3}(?:,\d{3})+|(?=\.\d))(?:\.(\d+))?$/.exec(plain) ?? []
  if (whole === undefined) return plain
  const places = withoutEnd(fraction, '0')
  const size =
    (whole.replaceAll(',', '').replace(/^0+(?=\d)/, '') || '0') + (places === '' ? '' : `.${places}`)
  return sign !== '' && sign !== '+' && size !== '0' ? `-${size}` : size
}

/** What `$…$` or `\(…\)` is around. */
function withoutTeX(text: string): string {
  const [open, close] = text.startsWith('$') ? ['$', '$'] : ['\\(', '\\)']
  const inner = text.slice(open.length, -close.length)
  const isAround =
    text.startsWith(open) && text.endsWith(close) && !inner.includes(open) && inner.trim() !== ''
  return isAround ? withoutEnd(inner.trim(), '. ') : text
}

/** What is in the last `\boxed{...}`, with the braces in it; undefined where none is closed. */
function lastBox(text: string): string | undefined {
  /** Where the content of what is open begins; -1 for braces that are no box. */
  const open: number[] = []
  let [from, to] = [-1, -1]
  for (const { 0: token, index } of text.matchAll(/\\boxed ?\{|\\?[{}]/g)) {
    if (token === '{') open.push(-1)
    else if (token.startsWith('\\boxed')) open.push(index + token.length)
    else if (token === '}') {
      const start = open.pop() ?? -1
      if (start > from) [from, to] = [start, index]
    }
  }
  return from < 0 ? undefined : text.slice(from, to)
}

/** What is in the last `<answer>…</answer>`; or a number at the end behind `####`, which before words is a heading. */
function lastTagged(text: string): string | undefined {
  const close = text.toLowerCase().lastIndexOf('</answer>')
  const open = close < 0 ? -1 : text.toLowerCase().lastIndexOf('<answer>', close)
  if (open >= 0) return text.slice(open + '<answer>'.length, close)
  return /#### ?([-+\u2212$]{0,2}\d[\d.,/]*)$/.exec(text)?.[1]
}

/** What follows the last `answer:` or `answer is` that anything follows. */
function lastStated(text: string): string | undefined {
  const ends = Array.from(
    text.matchAll(/\banswer\**(?: ?:| is\b ?:?)\**/gi),
    ({ 0: head, index }) => index + head.length,
  )
  const end = ends.findLast((end) => normalise(text.slice(end)) !== '')
  return end === undefined ? undefined : text.slice(end)
}

/** Without the `**` around a text, or after one that began before it. */
function withoutBold(text: string): string {
  const plain = withoutEnd(text, '. ')
  if (!plain.endsWith('**')) return text
  const inner = plain.slice(0, -2).trim().replace(/^\*\*/, '')
  return inner.includes('**') ? text : inner
}

/** All white space as single spaces, none at the ends. */
function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}

/** Without any of these characters at the end: a regular expression would take the square of their number. */
function withoutEnd(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text[end - 1])) end--
  return text.slice(0, end)
}
