import { type Command, InvalidArgumentError, type Option } from 'commander'
import { servedModel } from '../endpoint/models.ts'
import { dialectNames } from '../endpoint/rewards/dialects.ts'
import { InputError } from '../reasoning/errors.ts'
import { rewardApp } from '../serve/app.ts'
import { judgeService } from '../serve/judge-service.ts'
import { scoreService, unlikely } from '../serve/score-service.ts'
import { startServer } from '../serve/server.ts'
import { solveService } from '../serve/solve-service.ts'
import { generateDefaults } from '../transformer/generate.ts'
import { interruption, interruptSignal } from './interrupt.ts'
import { checkJudge, type JudgeOptions, judgeFolder, withJudgeOptions } from './judge-options.ts'
import { withThreads } from './models.ts'
import { type OpenJudge, openJudge } from './open-judge.ts'
import { examples, integer, number } from './options.ts'
import { colours, errorNote, note, notedWait } from './output.ts'
import { openPolicy } from './policy-options.ts'
import { dialectHelp, isUrl, openReward } from './reward-options.ts'

interface Options extends JudgeOptions {
  host: string
  port: number
  reward?: string
  rewardDialect?: string
  rewardModel?: string
  policy?: string
  generator?: string
  generatorModel?: string
  tokenFrom?: string
  queue: number
  maxSteps: number
  maxBody: number
  separator?: string
  unanswered: number | null
  threads: number
  json?: boolean
}

export default function define(command: Command): void {
  command
    .description(
      'Serve a reward model over HTTP to trainers and programs: step rewards at /v1/score, and the protocols of OpenRLHF, ' +
        'slime, verl, NeMo Gym and vLLM; a judge at /v1/judge and /v1/rank; Best-of-N and beam search as models of ' +
        "OpenAI's chat completions. /openapi.json describes all of it, docs/serve.md says how to set up each trainer. " +
        'What has no score is an error or a mask, never a number. SIGTERM and Ctrl-C finish what was accepted.',
    )
    .option('--host <address>', 'where to listen; 0.0.0.0 is every address of this machine', '127.0.0.1')
    .option('--port <number>', '0 takes any that is free', integer({ min: 0, max: 65_535 }), 8300)
    .option(
      '-r, --reward <dir|url>',
      'reward model checkpoint, or the URL of a server that runs one (default: the one that comes with assay)',
    )
    .option('--reward-dialect <name>', `${dialectHelp}; --dialect takes these names, too`)
    .option('--reward-model <name>', 'the model there (default: the only one that it serves)')
    .option(
      '-p, --policy <dir>',
      'language model checkpoint that writes the solutions of chat completions (default: the one that comes with assay)',
    )
    .option(
      '--generator <url>',
      "instead: a language model on a server that speaks OpenAI's chat completions",
    )
    .option('--generator-model <name>', 'the model there (default: the only one that it serves)')
    .option(
      '--token-from <variable>',
      'environment variable with a token that requests must carry: Authorization: Bearer TOKEN, or http://any:TOKEN@host',
    )
    .option(
      '--queue <count>',
      'most solutions that wait; then 429, with the time to wait. A request has at most half of it',
      integer({ min: 2 }),
      4096,
    )
    .option('--max-steps <count>', 'most steps of a solution', integer({ min: 1 }), 512)
    .option('--max-body <MiB>', 'longest request', integer({ min: 1, max: 1024 }), 8)
    .option(
      '--separator <text>',
      'what stands between the steps of a response, "\\n" for every line (default: empty lines, or lines where there are ' +
        'none)',
      separator,
    )
    .option(
      '--unanswered <nats>',
      'what a response is worth to OpenRLHF, slime and NeMo Gym, at most, that states no answer ("Answer: 12", "the answer is 12", ' +
        '\\boxed{12}, #### 12, <answer>12</answer>): log P(correct); or "keep", what the reward model says, by which it pays to stop early',
      (text) => (text === 'keep' ? null : number({ max: 0 })(text)),
      unlikely,
    )
    .addHelpText(
      'after',
      examples(
        ['assay serve', 'the reward model that comes with assay, on this machine alone'],
        ['assay serve --reward runs/crm --separator "\\n\\n"', 'your own; steps are paragraphs'],
        ['assay serve --reward http://127.0.0.1:8000 --reward-dialect qwen-math-prm', 'one that vLLM runs'],
        ['assay serve --judge http://127.0.0.1:8000 --model RRM-7B', 'with a judge'],
        ['TOKEN=… assay serve --host 0.0.0.0 --token-from TOKEN', 'to other machines'],
        ['assay serve --port 0 --json', 'for a program: one line that says where'],
      ),
    )
    .action(run)
  withThreads(command)
  withJudgeOptions(command.optionsGroup('Options of the judge:')).optionsGroup('')
  takeRewardDialects(command)
}

/** Elsewhere --dialect is the reward's. Here it is the judge's, and a name that only rewards have is taken for --reward-dialect. */
function takeRewardDialects(command: Command): void {
  const dialect = command.options.find(({ long }) => long === '--dialect') as Option
  const ofJudge = dialect.parseArg as (name: string, before?: string) => string | undefined
  dialect.argParser((name: string, before?: string) => {
    const isOfReward = name.endsWith('.json') || dialectNames.some((known) => known === name.split(':')[0])
    if (!isOfReward) return ofJudge(name, before)
    command.setOptionValue('rewardDialect', name)
    return before
  })
}

async function run(options: Options): Promise<void> {
  const { host, port, queue, maxSteps, maxBody, separator, unanswered, seed, bothOrders } = options
  const token = tokenIn(options)
  const closing: (() => Promise<void>)[] = []
  try {
    const interrupted = interruptSignal()
    const { model: reward, where } = await rewardIn(options, interrupted)
    closing.push(() => reward.close())
    const judging = await judgeIn(options, interrupted)
    closing.push(judging.close)
    const policy = policyIn(options, closing)
    // one that was named is looked at now, the one that comes with assay when it is asked for
    if ((options.policy ?? options.generator) !== undefined) await policy()
    const app = rewardApp(
      {
        scoring: scoreService(reward, { queue, maxSteps, maxLength }),
        judging: judgeService({ judge: judging.judge, seed, bothOrders }),
        solving: solveService(policy, reward),
        separator,
        unanswered,
      },
      { token, maxBytes: maxBody * 2 ** 20, onBug: errorNote },
    )
    const server = await startServer(app, { host, port })
    const { url } = server
    if (token === undefined && !isLoopback(host))
      note(colours.yellow(`Whoever reaches ${url} may use it: set a token with --token-from.`))
    const about = {
      url,
      reward: `${reward.kind.name} at ${where}`,
      judge: judging.name,
      token: token !== undefined,
    }
    process.stdout.write(options.json ? `${JSON.stringify(about)}\n` : described(about))
    if (!interrupted.aborted)
      await new Promise((resolve) => interrupted.addEventListener('abort', resolve, { once: true }))
    await server.drain()
  } finally {
    await Promise.all(closing.map((close) => close()))
  }
  // SIGTERM is how a server is asked to end: it has done all that it accepted
  if (interruption() === 143) process.exit(0)
}

/** Most characters of a problem and its solution: what is longer is not encoded to see whether it fits. */
const maxLength = 400_000

/** The reward model that options name. What is wrong with them is said by the names that they have here. */
async function rewardIn(options: Options, signal: AbortSignal) {
  const { reward, rewardDialect: dialect, rewardModel, threads } = options
  const onServer = reward !== undefined && isUrl(reward)
  if (onServer && dialect === undefined)
    throw new InputError('is a server, and what it runs is not said', {
      where: reward,
      fix: `Say it with --reward-dialect: ${dialectNames.join(', ')}.`,
    })
  if (!onServer && (dialect ?? rewardModel) !== undefined)
    throw new InputError('--reward-dialect and --reward-model are for a reward model on a server', {
      fix: 'Give its URL, --reward http://127.0.0.1:8000.',
    })
  return openReward({ reward, dialect, rewardModel }, { threads, signal })
}

/** The policy that options name, opened once. */
function policyIn(options: Options, closing: (() => Promise<void>)[]): () => ReturnType<typeof openPolicy> {
  const { temperature } = generateDefaults
  const { policy, generator, generatorModel, threads } = options
  let opened: ReturnType<typeof openPolicy> | undefined
  return () => {
    opened ??= openPolicy({ temperature, topP: 1, policy, generator, generatorModel, threads }).then(
      (policy) => {
        closing.push(() => policy.close())
        return policy
      },
    )
    return opened
  }
}

type ServedJudge = Pick<OpenJudge, 'judge' | 'name' | 'close'>

async function judgeIn(options: Options, signal: AbortSignal): Promise<ServedJudge> {
  checkJudge(options)
  const folder = judgeFolder(options)
  if (folder === undefined) return shippedJudge(options)
  const { judge: urls = [], model, keyFrom, replay } = options
  if (folder === null && replay === undefined)
    await notedWait(urls[0], servedModel({ urls, model, keyFrom }, { signal }))
  return openJudge(options)
}

/** The judge that comes with assay, opened when it is asked. */
function shippedJudge(options: Options): ServedJudge {
  let opened: Promise<OpenJudge> | undefined
  return {
    judge: {
      async compare(comparisons, asking) {
        opened ??= openJudge(options)
        const { judge } = await opened
        return judge.compare(comparisons, asking)
      },
    },
    name: 'the one that comes with assay',
    close: async () => (await opened)?.close(),
  }
}

function tokenIn({ tokenFrom }: Options): string | undefined {
  if (tokenFrom === undefined) return undefined
  const token = process.env[tokenFrom]
  if (token !== undefined && /^[\x21-\x7e]+$/.test(token)) return token
  throw new InputError(token ? 'holds more than letters, digits and signs of ASCII' : 'is not set', {
    where: `the environment variable ${tokenFrom}`,
    fix: `Set it to a token: export ${tokenFrom}=$(openssl rand -hex 32)`,
  })
}

function separator(text: string): string {
  if (text === '') throw new InvalidArgumentError('Empty.')
  const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', '\\': '\\' }
  return text.replace(/\\([nrt\\])/g, (_, letter) => escapes[letter])
}

function isLoopback(host: string): boolean {
  return /^(127\.|localhost$|::1$)/.test(host)
}

function described({
  url,
  reward,
  judge,
  token,
}: {
  url: string
  reward: string
  judge: string
  token: boolean
}) {
  const lines = [
    ['scores', `POST /v1/score — ${reward}`],
    ['judge', `POST /v1/judge, /v1/rank — ${judge}`],
    ['chat', 'POST /v1/chat/completions — assay-best-of-N, assay-beam-N'],
    ['trainers', '/openrlhf, /slime, /classify (verl), /verify and /compare (NeMo Gym)'],
    ['vLLM', '/pooling, /classify, /score, /rerank'],
    ['more', '/openapi.json, /healthz, /metrics; docs/serve.md'],
  ]
  const example = {
    problem: 'What is 4 - (1 + (3 - 3))?',
    response: '3 - 3 = 0, so 4 - (1 + 0)\n1 + 0 = 2, so 4 - 2\n4 - 2 = 2\nAnswer: 2',
  }
  const header = token ? ' -H "authorization: Bearer $TOKEN"' : ''
  return [
    `${colours.bold('Assay')} serves at ${colours.bold(url)}`,
    ...lines.map(([what, is]) => `  ${what.padEnd(8)}  ${is}`),
    '',
    `curl ${url}/v1/score -H 'content-type: application/json'${header} \\`,
    `  -d '${JSON.stringify({ solutions: [example] })}'`,
    '',
  ].join('\n')
}
