import { InputError } from '../reasoning/errors.ts'

/** What `work` comes to; the place is added to what goes wrong in it. */
export function atPlace<T>(where: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new InputError(error.message, { where, cause: error })
  }
}
