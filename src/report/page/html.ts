import { neutralise } from '../text.ts'

/** Markup that may stand on a page as it is. */
export class Html {
  readonly markup: string

  constructor(markup: string) {
    this.markup = markup
  }
}

/** What a template takes: text of any origin, markup, lists of these; nothing is written for null and false. */
export type Content = Html | string | number | null | undefined | false | readonly Content[]

/**
 * Markup with its contents put in: html`<p>${text}</p>`. All text is escaped, for elements and quoted attributes alike, and
 * what could steer or reorder it is neutralised; only {@link Html} passes as it is.
 */
export function html(strings: TemplateStringsArray, ...contents: Content[]): Html {
  return new Html(String.raw({ raw: strings }, ...contents.map(markupOf)))
}

function markupOf(content: Content): string {
  if (content instanceof Html) return content.markup
  if (content === null || content === undefined || content === false) return ''
  if (typeof content === 'object') return content.map(markupOf).join('')
  return neutralise(String(content), { keepLines: true }).replace(
    /[&<>"']/g,
    (character) => `&#${character.charCodeAt(0)};`,
  )
}
