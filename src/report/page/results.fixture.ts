const interval = { mean: 0.5, low: 0.4, high: 0.6 }
/** Of a judge's metric; and a count instead of a share. */
const judged = { rows: 3, counts: [1, 3], value: interval }
const tokens = { mean: 87.15, low: 83.2, high: 91.9 }
const difference = { ...interval, seeds: [0.4, 0.6] }

/** Small results of every kind, by file name; every text in them that others may have written is `text`. */
export function resultsOf(text = 'crm'): Record<string, object> {
  const made = {
    command: ['bench', text],
    versions: { assay: '0.1.0', [text]: text },
    plan: { tasks: [text], splits: ['test', 'harder'], problems: 4, seeds: [1, 2] },
    settings: {
      samples: 2,
      temperature: 0.8,
      topP: 1,
      maxTokens: 384,
      policy: text,
      rewards: { [text]: text },
      tuned: { [text]: { options: { [text]: text }, peak: 1e-3, tried: [{}] } },
      strengths: { [text]: 0.5 },
    },
  }
  const sets = (set: object) =>
    [text, 'all'].flatMap((task) => ['test', 'harder'].map((split) => ({ task, split, problems: 4, ...set })))
  const curve = (kind: string) => ({
    kind,
    points: [1, 2].map((n) => ({
      n,
      ...interval,
      versus: { 'pass@1': difference, majority: difference, [text]: difference },
    })),
    fall: { ...interval, from: 1, to: 2 },
  })
  const accuracy = {
    problems: 4,
    samples: 2,
    counts: [1, 2],
    confidence: 0.95,
    methods: { 'pass@1': curve('reference'), [text]: curve('best'), [`${text} vote`]: curve('vote') },
  }
  const quality = {
    firstError: { overall: interval, onWrong: null, onCorrect: interval, unnoticed: interval, f1: null },
    auc: 0.7,
    ece: null,
    brier: interval,
  }
  const bestOfN = (bench: string) => ({
    bench,
    ...made,
    sets: sets({
      samples: { total: 16, withoutAnswer: 0, distinct: 1, tokens: 30 },
      accuracy,
      quality: { [text]: quality },
    }),
  })
  const calibrated = { ece: interval, brier: null }
  const attempt = (seed: number, hazards?: number[]) => ({
    steps: [text, `Answer: ${text}`],
    answer: text,
    seed,
    p_correct: 0.3,
    first_error: 1,
    ...(hazards && { hazards }),
  })
  const sample = {
    steps: [text],
    answer: text,
    first_error: 0,
    scores: { hazards: [0.6], first_error: 0 },
  }
  const example = { id: text, problem: text, truth: text, right: 1, first: sample, pick: sample }
  return {
    'best-of-n': bestOfN('best-of-n'),
    labels: bestOfN('labels'),
    strength: bestOfN('strength'),
    transfer: bestOfN('transfer'),
    beam: {
      bench: 'beam',
      ...made,
      diverse: false,
      sets: sets({
        points: [4, 8].map((n) => ({
          reward: text,
          n,
          beams: 2,
          beam: interval,
          best: interval,
          majority: interval,
          beamMinusBest: difference,
          beamMinusMajority: difference,
          minusFirst: null,
          tokens: 10 * n,
          bestTokens: 11 * n,
        })),
      }),
    },
    'cross-sample': {
      bench: 'cross-sample',
      ...made,
      sets: sets({
        rewards: [
          {
            reward: text,
            samples: 8,
            right: 0.5,
            auprc: interval,
            raw: {
              ...calibrated,
              bins: [
                { probability: 0.2, frequency: 0.1 },
                { probability: 0.8, frequency: 0.9 },
              ],
            },
            temperature: calibrated,
            platt: calibrated,
          },
        ],
      }),
    },
    pruned: {
      bench: 'pruned',
      ...made,
      width: 4,
      sets: sets({
        points: [2, 4].map((n) => ({
          n,
          tokens: interval,
          scored: interval,
          full: interval,
          pruned: interval,
          same: 1,
        })),
      }),
    },
    confidence: {
      bench: 'confidence',
      ...made,
      n: 4,
      promises: [
        {
          error: 0.1,
          threshold: { threshold: 0.9, count: 40 },
          measured: { [text]: { problems: 4, answered: interval, wrong: interval } },
        },
        {
          error: 0.01,
          threshold: null,
          measured: { [text]: { problems: 4, answered: interval, wrong: null } },
        },
      ],
    },
    rl: {
      bench: 'rl',
      command: ['bench', text],
      versions: { [text]: text },
      seeds: [1, 2],
      budget: 0.05,
      settings: { steps: 40, estimator: text },
      policy: text,
      rewards: [{ name: text, seed: 1, checkpoint: text }],
      choices: { [text]: { rate: 1e-4, klLoss: 0, tried: [{ rate: 1e-4, klLoss: 0, probe: null }] } },
      failed: [{ run: text, error: text }],
      left: 2,
      sets: [
        {
          task: text,
          problems: 4,
          arms: ['crm', text, 'vr', `${text}+vr`].map((arm) => ({
            arm,
            before: interval,
            after: interval,
            lift: interval,
            seeds: [
              { seed: 1, lift: 0.1, hacked: null },
              { seed: 2, lift: -0.1, hacked: 30 },
            ],
            minusFirst: null,
            atBudget: 0.5,
            kl: 0.06,
            hacks: [
              {
                hack: 'checks',
                before: 0.4,
                after: 1.8,
                change: interval,
                grew: true,
                pays: interval,
                fell: true,
              },
              {
                hack: 'merging',
                before: 0.4,
                after: 0.4,
                change: interval,
                grew: false,
                pays: null,
                fell: false,
              },
            ],
            curve: [0, 5].map((step) => ({
              step,
              proxy: step,
              gold: 0.5,
              kl: step / 100,
              tokens: 40,
              steps: 4,
              step_length: 12,
              repetition: 0.1,
              redundant: 0.2,
              entropy: 0.05,
            })),
            shown: [
              {
                problem: text,
                before: { steps: [text], correct: true, rewards: [0.5] },
                after: { steps: [text, text], correct: false, rewards: null },
              },
            ],
          })),
          tricks: [
            {
              arm: text,
              gap: 0.9,
              tricks: {
                checks: { ...interval, solutions: 20 },
                guessing: { mean: -0.2, low: -0.3, high: 0.1, solutions: 20, rewards: [-0.1, null] },
              },
            },
          ],
        },
      ],
    },
    evaluate: {
      benchmark: text,
      file: text,
      reward: text,
      threshold: null,
      ...{ solutions: 5, steps: 20, with_error: 3, without_error: 2, unreadable: 1, bad: 1 },
      metrics: [
        { name: text, readable: { solutions: 4, value: interval }, all: { solutions: 5, value: null } },
      ],
      made: { command: ['evaluate', text], versions: { [text]: text }, reward: text },
    },
    'evaluate-judge': {
      benchmark: text,
      ...{ pairs: 3, judgments: 6, verdicts: 5, tokens: 120, bad: 1 },
      differences: [{ id: text, order: 'swapped', published: 1, read: null, text }],
      metrics: [
        { name: text, decided: { rows: 2, counts: [1, 2], value: interval }, all: judged },
        { name: 'flips with the order', decided: judged, all: judged },
        { name: 'unparseable', decided: judged, all: judged },
        { name: 'tokens per verdict', decided: judged, all: { ...judged, value: tokens } },
      ],
      ...{ file: text, model: text },
      made: { command: ['evaluate', text], versions: { [text]: text } },
    },
    judge: judgeOf(text),
    solve: {
      problem: text,
      n: 3,
      seed: 1,
      search: 'best-of-n',
      ranked: [attempt(1, [0.1, 0.7]), { ...attempt(2, [0.1, 0.7]), steps: ['other', text] }, attempt(3)],
      unfinished: [{}],
      winner: attempt(1, [0.1, 0.7]),
      runnerUp: null,
      answers: [{ answer: text, votes: 3, best: 0.3, sum: 0.9 }],
      sure: false,
      threshold: { threshold: 0.95, minConfidence: 0.9 },
    },
    demo: {
      problems: 4,
      samples: 2,
      seed: 1,
      tasks: [
        { task: text, firstWrong: 2, mended: 1, spoilt: 0, example, bestOfN: accuracy },
        { task: 'other', firstWrong: 0, mended: 0, spoilt: 0, example: null, bestOfN: accuracy },
      ],
      bestOfN: accuracy,
    },
  }
}

function judgeOf(text: string): object {
  const arm = {
    ...{ arm: text, accuracy: interval, seeds: [0.5, 0.4], rightFirst: interval, rightSecond: interval },
    ...{ consistency: interval, firstSlot: null, unparseable: interval, tokens: interval },
  }
  const slice = (keys: object) => ({
    ...{ split: 'test', task: 'all', level: null, nearness: null, pairs: 4 },
    ...{ arms: [arm, { ...arm, arm: 'judge' }], differences: [{ minus: text, ...interval }], ...keys },
  })
  const vote = { rule: text, accuracy: interval, votes: 3, tokens: interval }
  const method = {
    ...{ name: text, kind: 'judge', accuracy: interval, versus: { [text]: interval } },
    equalWork: [{ name: text, n: 8, work: 2e6, accuracy: interval, difference: interval }],
    ...{ calls: 7, read: 100, written: 50, scored: 0, work: 1e6 },
  }
  const said = { winner: 0, nonVerdict: null, reasoning: `${text}\nBetter: 1`, tokens: 20 }
  const read = {
    ...{ id: text, task: text, split: 'test', level: 3, problem: text, responses: [[text], [text, text]] },
    ...{ right: 1, before: { ...said, winner: null, nonVerdict: 'truncated' }, after: said },
  }
  const atLevel = (level: number) => ({ task: text, level, pairs: 2, tokens: interval })
  const ratio = { task: text, easy: [3], hard: [6], tokens: interval, read: interval }
  return {
    bench: 'judge',
    command: ['bench', text],
    versions: { assay: '0.1.0', [text]: text },
    settings: { seed: 1, splits: ['test'], policy: text },
    arms: [{ role: 'base', name: text, group: text, hash: text, size: 1e6 }],
    rewards: { [text]: text },
    pairs: [{ task: text, split: 'test', problems: 10, mixed: 5, tooLong: 1, used: 4 }],
    accuracy: [
      slice({}),
      slice({ task: text }),
      slice({ task: text, level: 3 }),
      slice({ nearness: 'late' }),
    ],
    thinking: ['judge', 'base'].map((each) => {
      return { arm: each, levels: [atLevel(3), atLevel(6)], ratios: [ratio] }
    }),
    budgets: [
      {
        split: 'test',
        points: [0, 64].map((budget) => {
          return { budget, accuracy: interval, unparseable: interval, tokens: interval }
        }),
      },
    ],
    votes: [{ split: 'test', fixed: [vote, vote], adaptive: [{ ...vote, gain: interval }] }],
    swapped: [
      {
        ...{ split: 'test', pairs: 4, own: interval, swapped: interval, samePlace: interval },
        ...{ otherPlace: interval, none: interval, fall: interval, follows: interval },
      },
    ],
    cascade: { by: text, error: 0.05, gap: { gap: 0.5, count: 10, settled: 0.4, wrong: 0 } },
    bestOf: [
      {
        ...{ split: 'test', task: text, problems: 3, candidates: 8 },
        methods: [method, { ...method, kind: 'cascade' }],
        curves: [{ name: text, points: [1, 2].map((n) => ({ n, work: n * 1e6, accuracy: interval })) }],
      },
    ],
    learning: [0, 5].map((step) => {
      return { step, accuracy: 0.5, unparseable: 0.1, kl: 0, tokens: 60, tokensByLevel: { 3: 50, 4: 70 } }
    }),
    reading: [read, read],
  }
}
