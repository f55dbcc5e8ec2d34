import { Html, html } from './html.ts'
import type { Section } from './parts.ts'
import { sectionOf } from './results.ts'
import { style } from './style.ts'

/**
 * One HTML page of the result files, whole in itself: nothing is loaded, no script runs. The same files give the same bytes.
 * @throws InputError on a file that is no result
 */
export function page(files: readonly string[], title: string): string {
  const sections = files.map((file) => ({ ...sectionOf(file), file }))
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="assay report">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<header><h1>${title}</h1></header>
<nav aria-label="Contents"><ul>
${sections.map(({ title, file }, i) => html`<li><a href="#part-${i + 1}">${title}</a> <small>${file}</small></li>\n`)}</ul></nav>
<main>
${sections.map(sectionMarkup)}</main>
<footer>Made by <code>assay report</code>.</footer>
</body>
</html>
`
  return markup
}

function sectionMarkup({ title, about, body, file }: Section & { file: string }, i: number): Html {
  const id = `part-${i + 1}`
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
<p>${about}</p>
<p><small>From <code>${file}</code></small></p>
${body}</section>\n`
}
