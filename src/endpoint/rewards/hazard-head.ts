import { z } from 'zod'
import type { TaggedSteps } from './tagged-steps.ts'

/**
 * A CRM of ours in vLLM: our own layout (transformer/tokenizer.ts), and one column, the hazard (docs/crm.md section 1).
 */
export const hazardHead: TaggedSteps = {
  before: '<|problem|>{problem}<|solution|>',
  tag: '<|step|>',
  columns: 1,
  column: 0,
  whole: true,
}

/** The assay.json of a reward checkpoint, as far as it says how the model is asked. */
export const checkpointJson = z.looseObject({
  kind: z.string(),
  layout: z.object({ before: z.string(), after: z.string(), separator: z.string() }).optional(),
})

/** What of {@link hazardHead} is other with somebody else's tokenizer (transformer/layout.ts). */
export function headLayout({
  layout,
}: z.output<typeof checkpointJson>): Pick<TaggedSteps, 'before' | 'tag'> | object {
  if (layout === undefined) return {}
  return { before: `${layout.before}{problem}${layout.after}`, tag: layout.separator }
}
