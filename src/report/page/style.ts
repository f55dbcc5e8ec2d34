import { plotVariables } from '../line-plot.ts'

/** The style of the page: one column on a phone, light or dark as the reader's system is, and light on paper. */
export const style = `
:root { color-scheme: light dark; ${plotVariables('light')} }
@media screen and (prefers-color-scheme: dark) { :root { ${plotVariables('dark')} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--background); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, sans-serif; }
header, nav, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1.5rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 0.5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.4rem; line-height: 1.25; margin: 3rem 0 0.5rem; padding-top: 1rem; border-top: 1px solid var(--grid); }
h3 { font-size: 1.1rem; margin: 2rem 0 0.5rem; overflow-wrap: anywhere; }
h4 { font-size: 1rem; margin: 1.25rem 0 0.5rem; overflow-wrap: anywhere; }
p { margin: 0.5rem 0; max-width: 48rem; }
a { color: var(--curve-1); }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--curve-1); outline-offset: 2px; }
nav ul { margin: 0; padding-left: 1.25rem; }
small, figcaption, .muted, caption, summary .muted { color: var(--muted); font-size: 0.875rem; }
code { font: 0.875em ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
td, th, code, .given { unicode-bidi: isolate; }
.given { white-space: pre-wrap; overflow-wrap: anywhere; }
.problem { margin: 0.75rem 0; padding: 0.5rem 1rem; border-left: 4px solid var(--curve-1); max-width: 48rem; }
.pair { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
figure { margin: 0.5rem 0; min-width: 0; max-width: 40rem; }
figure > svg { display: block; width: 100%; height: auto; }
.scroll { overflow-x: auto; margin: 0.5rem 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: 0.25rem; }
th, td { padding: 0.25rem 0.75rem 0.25rem 0; text-align: right; vertical-align: top; border-bottom: 1px solid var(--grid); }
th { font-weight: 600; }
tr > :first-child { text-align: left; }
td small { display: block; white-space: nowrap; }
th[scope='rowgroup'] { padding-top: 0.75rem; color: var(--muted); font-weight: 400; }
details { margin: 0.75rem 0; }
summary { cursor: pointer; padding: 0.25rem 0; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.25rem 1rem; margin: 0.5rem 0 1rem; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
.steps { width: 100%; max-width: 56rem; }
.steps td, .steps th { text-align: left; }
.steps .step { width: 100%; }
.steps .after { color: var(--muted); }
.steps .error { font-weight: 600; }
.mark { display: inline-block; margin-top: 0.125rem; padding: 0 0.5rem; border: 1px solid currentColor; border-radius: 1rem; font-size: 0.8125rem; font-weight: 600; color: var(--curve-8); }
.mark.truth { color: var(--curve-4); }
.bar { display: block; width: 4.5rem; height: 0.5rem; border-radius: 0.25rem; background: var(--grid); overflow: hidden; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.bar > span { display: block; height: 100%; background: var(--curve-3); }
.bar.doubtful > span { background: var(--curve-6); }
.bar.alarming > span { background: var(--curve-8); }
.survival { max-width: 24rem; }
footer { margin: 3rem auto 2rem; color: var(--muted); font-size: 0.875rem; }
@media (max-width: 40rem) { .bar { width: 3rem; } dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: 0.5rem; } }
@media print {
  nav { display: none; }
  .scroll { overflow: visible; }
  figure, tr, .problem { break-inside: avoid; }
  h2, h3, h4 { break-after: avoid; }
  details::details-content { content-visibility: visible; height: auto; }
}
`
