/*
 * Tokenizers of servers read special tokens wherever they stand in a text, so a problem or a step could close the message that it
 * stands in, begin another one, or bring a step tag of its own. Special tokens match exactly: one space undoes them.
 */

/** Special tokens of ChatML, Llama 3, DeepSeek and our own; of Llama 2 and Mistral; of Gemma; of T5's and Qwen's extras. */
const markers = [
  '<[|｜][^<>|｜\\n]{1,64}[|｜]>',
  '</?s>',
  '<</?SYS>>',
  '\\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT)\\]',
  '<(?:start|end)_of_(?:turn|image)>',
  '<(?:unk|pad|bos|eos|mask|cls|sep)>',
  '</?(?:think|tool_call|tool_response)>',
  '<extra_(?:id_)?\\d+>',
]

/**
 * Text of others without special tokens and step tags: each gets a space after its first character (`< |im_end|>`). Lone
 * surrogates, on which servers fail, become U+FFFD. Everything else stays as it is.
 *
 * @param tag the step tag of the dialect, of two characters at least, or line breaks: of these, fewer are left
 */
export function defused(text: string, tag = ''): string {
  if (/^\n+$/.test(tag)) return withFewerBreaks(defused(text), tag.length)
  const own = tag.trim().replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  const found = new RegExp([...markers, ...(own === '' ? [] : [own])].join('|'), 'g')
  let safe = text.replace(/\p{Cs}/gu, '\ufffd')
  // what is broken may uncover another one
  for (let broken = ''; broken !== safe; ) {
    broken = safe
    safe = broken.replace(found, (marker) => {
      const [first] = marker
      return `${first} ${marker.slice(first.length)}`
    })
  }
  return safe
}

/** Blanks around line breaks, and line breaks at either end, would make up what is missing. */
function withFewerBreaks(text: string, count: number): string {
  const fewer = count === 1 ? ' ' : '\n'.repeat(count - 1)
  // from the first of blanks in a row alone, so that a million of them cost a million looks
  return text.trim().replace(new RegExp(`(?<![^\\S\\n])(?:[^\\S\\n]*\\n){${count},}`, 'g'), fewer)
}
