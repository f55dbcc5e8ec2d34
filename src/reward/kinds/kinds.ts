import { InputError } from '../../reasoning/errors.ts'
import { crm } from './crm.ts'
import { iprm } from './iprm.ts'
import type { KindOptions, RewardKind } from './kind.ts'
import { maskedPrm } from './masked-prm.ts'
import { orm } from './orm.ts'
import { pqm } from './pqm.ts'
import { prm } from './prm.ts'

export const kindNames = ['crm', 'prm', 'masked-prm', 'pqm', 'orm', 'iprm'] as const

export type KindName = (typeof kindNames)[number]

const makers: Record<KindName, (options: KindOptions) => RewardKind> = {
  crm,
  prm,
  'masked-prm': maskedPrm,
  pqm,
  orm,
  iprm,
}

/**
 * @param where the name stands
 * @throws InputError on a name that is none of {@link kindNames}
 */
export function kindNamed(name: string, options: KindOptions = {}, where?: string): RewardKind {
  if (Object.hasOwn(makers, name)) return makers[name as KindName](options)
  throw new InputError(`no reward is called ${name}`, { where, fix: `rewards: ${kindNames.join(', ')}` })
}
