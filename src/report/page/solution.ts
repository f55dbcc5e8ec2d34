import { percent } from '../percent.ts'
import { type Content, type Html, html } from './html.ts'
import { figure } from './parts.ts'

interface ShownSolution {
  steps: readonly string[]
  /** One a step, where the reward has hazards. */
  hazards?: readonly number[]
  /** Where the reward sees the first error (0 is the first step), null for none; absent where it has no opinion. */
  predicted?: number | null
  /** The true first error, where it is known. */
  truth?: number | null
}

/** The steps of a solution with their hazards and the survival up to each, and the survival as a curve. */
export function solutionView(solution: ShownSolution, made: Content): Html {
  const { steps, hazards } = solution
  const survival = hazards && survivalOf(hazards)
  const columns = survival ? ['Step', 'Hazard', 'Survival'] : ['Step']
  return html`<div class="scroll" role="region" aria-label="Steps" tabindex="0"><table class="steps">
<thead><tr><th scope="col">#</th>${columns.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>${steps.map(
    (step, t) => html`<tr class="${rowClass(solution, t)}"><th scope="row">${t + 1}</th>
<td class="step"><span class="given">${step}</span>${marks(solution, t)}</td>${
      survival && [gauge(hazards[t], hazards[t], 0.1), gauge(survival[t + 1], 1 - survival[t + 1], 0.25)]
    }</tr>\n`,
  )}</tbody></table></div>
${survival && survivalFigure(survival, solution.predicted ?? null, made)}`
}

/** S(0) = 1, S(1), ...: the chance that no step up to here is wrong. */
function survivalOf(hazards: readonly number[]): number[] {
  const survival = [1]
  for (const hazard of hazards) survival.push(survival[survival.length - 1] * (1 - hazard))
  return survival
}

/** What follows the first error stands on a wrong state. */
function rowClass({ predicted }: ShownSolution, t: number): string {
  if (predicted === null || predicted === undefined || t < predicted) return ''
  return t === predicted ? 'error' : 'after'
}

function marks({ predicted, truth }: ShownSolution, t: number): Html[] {
  return [
    ...(t === predicted ? [html`<br><span class="mark">▶ predicted first error</span>`] : []),
    ...(t === truth ? [html`<br><span class="mark truth">✗ true first error</span>`] : []),
  ]
}

/** A share as a number and a bar, in the colour of how wrong things likely are. */
function gauge(share: number, wrong: number, doubtful: number): Html {
  const alarm = wrong >= 0.5 ? ' alarming' : wrong >= doubtful ? ' doubtful' : ''
  return html`<td>${percent(share)}<span class="bar${alarm}" aria-hidden="true"><span style="width:${(100 * share).toFixed(1)}%"></span></span></td>`
}

const width = 360
const height = 120
const margin = { top: 10, right: 12, bottom: 24, left: 40 }

function survivalFigure(survival: readonly number[], predicted: number | null, made: Content): Html {
  const last = survival.length - 1
  const x = (t: number) => margin.left + (t / Math.max(1, last)) * (width - margin.left - margin.right)
  const y = (share: number) => margin.top + (1 - share) * (height - margin.top - margin.bottom)
  const at = (t: number) => `${x(t).toFixed(1)},${y(survival[t]).toFixed(1)}`
  const line = survival.map((_, t) => at(t)).join(' L')
  const said = survival
    .slice(1)
    .map((share) => percent(share))
    .join(', ')
  const ticks = [...new Set([1, predicted === null ? 1 : predicted + 1, last])].filter((t) => t <= last)
  const svg = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Survival after each step: ${said}" font-size="11" fill="var(--muted)">
${[0, 0.5, 1].map(
  (share) =>
    html`<path d="M${margin.left},${y(share).toFixed(1)}H${width - margin.right}" stroke="var(--grid)"/><text x="${margin.left - 6}" y="${(y(share) + 4).toFixed(1)}" text-anchor="end">${100 * share}%</text>`,
)}
${ticks.map((t) => html`<text x="${x(t).toFixed(1)}" y="${height - 8}" text-anchor="middle">${t}</text>`)}
<path d="M${line} L${x(last).toFixed(1)},${y(0)} L${x(0)},${y(0)} Z" fill="var(--curve-1)" fill-opacity="0.13"/>
<path d="M${line}" fill="none" stroke="var(--curve-1)" stroke-width="2"/>
${
  predicted !== null &&
  html`<circle cx="${x(predicted + 1).toFixed(1)}" cy="${y(survival[predicted + 1]).toFixed(1)}" r="4.5" fill="var(--curve-8)" stroke="var(--background)"/>`
}
</svg>`
  const mark = predicted === null ? 'no first error is predicted' : 'the dot is the predicted first error'
  return html`<div class="survival">${figure(svg.markup, `Survival after each step; ${mark}.`, made)}</div>`
}
