import { InputError } from '../../reasoning/errors.ts'
import type { KindName } from '../../reward/kinds/kinds.ts'
import type { EstimatorName } from '../../rl/loop.ts'
import type { Penalties } from '../../rl/penalties.ts'
import { type ShapingName, shapingNames, shapings } from '../../rl/shaping.ts'

/** A way to reward a policy: a shaping of a reward of its kind, a verifiable reward, or both. */
export interface RlArm {
  name: string
  shaping: ShapingName | null
  kind: KindName | null
  /** Weight of a right answer by the exact verifier. */
  verifiable: number
  penalties?: Penalties
  /** Of advantages, where it is not that of the others. */
  estimator?: EstimatorName
}

/** What tells most: CRM, the rewards that it is held against, and the truth. */
const telling = ['crm', 'prm-sum', 'prm-min', 'orm', 'vr', 'crm+vr', 'crm-survival']

const alone = shapingNames.filter((name) => name !== 'crm-zero').map((name) => armOf(name, false))
const beside = shapingNames.map((name) => armOf(name, true))
const vr: RlArm = { name: 'vr', shaping: null, kind: null, verifiable: 1 }
/** CRM with a price on fewer, longer steps, should it pay for them. */
const unmerged: RlArm = { ...armOf('crm', false), name: 'crm-unmerged', penalties: { merging: 0.5 } }
/** CRM bounded, and each step held against the same step of the others. */
const byStep: RlArm = {
  ...armOf('crm-survival', false),
  name: 'crm-survival-step',
  estimator: 'rloo-step',
}

/**
 * Every shaping alone, the verifiable reward alone (`vr`), both (`crm+vr`), CRM with a price on merging and CRM with a baseline for each step;
 * the telling ones first.
 */
export const rlArms: readonly RlArm[] = [
  ...[...alone, vr, ...beside]
    .filter(({ name }) => telling.includes(name))
    .sort((a, b) => telling.indexOf(a.name) - telling.indexOf(b.name)),
  byStep,
  unmerged,
  ...[...alone, ...beside].filter(({ name }) => !telling.includes(name)),
]

/** A shaping by the first kind of reward that it understands. */
function armOf(shaping: ShapingName, verified: boolean): RlArm {
  const [kind] = shapings[shaping].kinds
  return { name: verified ? `${shaping}+vr` : shaping, shaping, kind, verifiable: verified ? 1 : 0 }
}

/** @throws InputError when there is none of this name */
export function armNamed(name: string): RlArm {
  const found = rlArms.find((arm) => arm.name === name)
  if (found) return found
  throw new InputError(`no reward is called ${name}`, {
    fix: `There are ${rlArms.map(({ name }) => name).join(', ')}.`,
  })
}

/** Is it a process reward beside a verifiable one, other than those that tell most? */
export function isExtra({ name, shaping, verifiable }: RlArm): boolean {
  return shaping !== null && verifiable !== 0 && !telling.includes(name)
}

/** Which runs are made first, so that a comparison that is stopped has told as much as it could: the lower, the earlier. */
export function waveOf(arm: RlArm, seed: number): number {
  if (telling.includes(arm.name)) return seed === 1 ? 0 : 1
  return isExtra(arm) ? 3 : 2
}
