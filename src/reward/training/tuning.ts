import { InputError } from '../../reasoning/errors.ts'
import { checkSameTokens } from '../checkpoint.ts'
import type { EncodedSolution } from './batches.ts'
import { headLearner } from './head-learner.ts'
import type { Learner, LearnerOptions, Reading } from './learner.ts'
import { trunkLearner } from './trunk-learner.ts'

/** @throws InputError when the reward cannot be tuned so */
export async function learnerOf(
  options: LearnerOptions,
  solutions: readonly EncodedSolution[],
  reading: Reading,
): Promise<Learner> {
  const { kind, backbone, surprisalModel, tuning = { tune: 'all' } } = options
  if (tuning.tune === 'head') {
    if (kind.readOut !== 'head' || surprisalModel)
      throw new InputError(
        surprisalModel
          ? 'a head alone cannot learn to read surprisal'
          : `a ${kind.name} has no head to train alone`,
        { where: '--tune head', fix: surprisalModel ? 'Add --no-surprisal.' : 'Use --tune lora or all.' },
      )
    return headLearner(options, solutions, reading)
  }
  if (surprisalModel) checkSameTokens(backbone, surprisalModel, 'the surprisal model')
  return trunkLearner(options, tuning, solutions, reading)
}
