/** Each of these powers has one owner in src; whoever else wants it goes through the owner. */
import { describe, expect, it } from 'vitest'
import { filesOf, type ProjectFile } from './project-files.js'

interface Ownership {
  readonly power: string
  readonly sign: RegExp
  readonly owners: RegExp
  readonly planted: string
}

const OWNERSHIPS: Ownership[] = [
  {
    power: 'acknowledging a delivery',
    sign: /\.(ack|nack|ackAll|nackAll)\(/,
    owners: /^src\/(worker\/settle\.ts|dead-letters\/visit\.ts|broker\/|testing\/)/,
    planted: 'delivery.ack()',
  },
  {
    power: 'giving a delivery back',
    sign: /\bdelivery\.(release|reject)\(/,
    owners: /^src\/(worker\/(settle|consume)\.ts|broker\/|testing\/)/,
    planted: 'delivery.release()',
  },
  {
    power: 'reading the environment',
    sign: /\bprocess\.env\b/,
    owners: /^src\/(app\.ts|cli\/)/,
    planted: "process.env['HOME']",
  },
  {
    power: 'ending the process',
    sign: /\bprocess\.(exit|exitCode|abort|kill)\b/,
    owners: /^src\/(cli\/|kernel\/failpoint\.ts)/,
    planted: 'process.exit(1)',
  },
  {
    power: 'printing',
    sign: /\bconsole\.|\bprocess\.(stdout|stderr)\b/,
    owners: /^src\/(cli\/|kernel\/(failpoint|pino-logger)\.ts)/,
    planted: 'console.log(1)',
  },
  {
    power: 'naming a header of the wire',
    sign: /['"`]taskalope-[a-z]|['"`.](root_id|parent_id|group_index|argsrepr|kwargsrepr|ignore_result|timelimit|replaced_task_nesting|stamped_headers)\b/,
    owners: /^src\/(message\/headers\.ts|testing\/)/,
    planted: "headers['taskalope-error-code']",
  },
  {
    power: 'telling the time and waiting for it',
    sign: /\b(setTimeout|setInterval)\(|\bDate\.now\(|\bperformance\.now\(|\bnew Date\(\)|timers\/promises/,
    owners: /^src\/kernel\/clock\.ts/,
    planted: 'setTimeout(wake, 5)',
  },
  {
    power: 'listening to signals of the process',
    sign: /\bprocess\.(on|once)\(/,
    owners: /^src\/cli\//,
    planted: "process.once('SIGTERM', stop)",
  },
]

const BY_POWER = OWNERSHIPS.map((ownership) => [ownership.power, ownership] as const)

const sources = filesOf('src', '.ts')

describe('in src, nobody but the owner is', () => {
  it.each(BY_POWER)('%s', (_, { sign, owners }) => {
    expect(intruders(sources, sign, owners)).toEqual([])
  })

  it.each(BY_POWER)('%s, which is noticed when somebody else does it', (_, { sign, owners, planted }) => {
    const intruder = { path: 'src/task/planted.ts', text: `// a comment\nconst a = 1\n${planted}\n` }

    expect(intruders([intruder], sign, owners)).toEqual([`src/task/planted.ts:3: ${planted}`])
  })

  it.each(BY_POWER)('%s, and comments may speak of it', (_, { sign, owners, planted }) => {
    const comment = {
      path: 'src/task/planted.ts',
      text: `/**\n * ${planted}\n */\nconst a = 1 // ${planted}\n`,
    }

    expect(intruders([comment], sign, owners)).toEqual([])
  })
})

function intruders(files: readonly ProjectFile[], sign: RegExp, owners: RegExp): string[] {
  return files
    .filter(({ path }) => !owners.test(path))
    .flatMap(({ path, text }) =>
      withoutComments(text)
        .split('\n')
        .flatMap((line, index) => (sign.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
    )
}

/** The text with its line numbers kept. */
function withoutComments(text: string): string {
  return text
    .replaceAll(/\/\*[^]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ''))
    .replaceAll(/(^|\s)\/\/.*$/gm, '$1')
}
