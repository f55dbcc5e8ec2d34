import { type Format, labelledRow, parse } from './format.ts'

/** Our own rows. Fields that we do not know stay in them. */
export const assayRows: Format = {
  name: 'assay',
  summary: '{id, problem, steps, answer?, correct?, first_error?}: what every other command reads and writes',
  matches: (row) => 'problem' in row && 'steps' in row && !('label' in row),
  read: (value) => [parse(labelledRow, value)],
  write: (row) => row,
}
