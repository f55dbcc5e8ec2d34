import fc from 'fast-check'

// The same cases every time, so that a green run stays green; `FC_SEED=7 FC_RUNS=3000 npm test` looks for others.
const { FC_SEED = '1', FC_RUNS } = process.env
fc.configureGlobal({ seed: Number(FC_SEED), ...(FC_RUNS && { numRuns: Number(FC_RUNS) }) })
