/** Checks what a command line becomes: the input of a command, or a refusal. */
import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import type { Commands } from '../../../src/cli/command-inputs.js'
import { createProgram } from '../../../src/cli/program.js'
import { UsageError } from '../../../src/cli/usage-error.js'

type Given = {
  [Name in keyof Commands<void>]: { name: Name; input: Parameters<Commands<void>[Name]>[0] }
}[keyof Commands<void>]

/** The command that was to be carried out, with its input. */
async function parsed(...args: string[]): Promise<Given> {
  const given: Given[] = []
  const taker =
    <Name extends keyof Commands<void>>(name: Name) =>
    async (input: unknown) => {
      given.push({ name, input } as Given)
    }
  const commands: Commands<void> = {
    worker: taker('worker'),
    list: taker('list'),
    call: taker('call'),
    purge: taker('purge'),
    dlq: taker('dlq'),
  }
  const program = createProgram('1.2.3', commands, () => {})
  for (const command of [program, ...program.commands])
    command.configureOutput({ writeOut: () => {}, writeErr: () => {} })
  await program.parseAsync(args, { from: 'user' })
  const [first] = given
  if (!first) throw new Error('No command was carried out.')
  return first
}

describe('taskalope worker', () => {
  it('needs nothing but modules', async () => {
    const { input } = await parsed('worker', 'a.js', 'b.js')

    expect(input).toEqual({
      modules: ['a.js', 'b.js'],
      loadTimeoutMs: 60_000,
      connectTimeoutMs: 30_000,
      json: false,
      broker: undefined,
      queues: undefined,
      concurrency: undefined,
      prefetch: undefined,
      shutdownTimeoutMs: undefined,
      name: undefined,
      logLevel: undefined,
    })
  })

  it('takes every option', async () => {
    const line =
      'worker a.js -q images,mail --queues more -c 50 --prefetch 60 --shutdown-timeout 1m --name w1 -l warn -b amqp://x --connect-timeout 5s --load-timeout 10s --json'

    const { input } = await parsed(...line.split(' '))

    expect(input).toEqual({
      modules: ['a.js'],
      loadTimeoutMs: 10_000,
      connectTimeoutMs: 5000,
      json: true,
      broker: 'amqp://x',
      queues: ['images', 'mail', 'more'],
      concurrency: 50,
      prefetch: 60,
      shutdownTimeoutMs: 60_000,
      name: 'w1',
      logLevel: 'warn',
    })
  })

  it('without a module says what to name', async () => {
    await expect(parsed('worker')).rejects.toThrow(/taskalope worker \.\/dist\/tasks\.js$/)
    await expect(parsed('list')).rejects.toThrow(UsageError)
  })

  it.each(['0', '-1', 'abc', 'NaN', '1e9'])('refuses --concurrency %s', async (text) => {
    await expect(parsed('worker', 'a.js', '--concurrency', text)).rejects.toThrow(UsageError)
  })

  it('refuses a level that is none', async () => {
    await expect(parsed('worker', 'a.js', '--log-level', 'loud')).rejects.toThrow(
      /debug, info, warn, error, silent/,
    )
  })
})

describe('taskalope list', () => {
  it('takes modules, --types and --json', async () => {
    expect(await parsed('list', 'a.js', '--types', '--json')).toEqual({
      name: 'list',
      input: { modules: ['a.js'], types: true, json: true, loadTimeoutMs: 60_000 },
    })
  })
})

describe('taskalope call', () => {
  it('needs nothing but a name', async () => {
    expect((await parsed('call', 'add')).input).toMatchObject({
      task: 'add',
      args: undefined,
      waitMs: undefined,
      modules: [],
    })
  })

  it('takes every option', async () => {
    const { input } = await parsed(
      ...[
        'call',
        'add',
        '[2, 3]',
        '--kwargs',
        '{"c": 4}',
        '--queue',
        'q',
        '--priority',
        '9',
        '--expires',
        '1h',
      ],
      ...[
        '--countdown',
        '20m',
        '--id',
        'x-1',
        '--wait',
        '5s',
        '--load',
        'a.js',
        'b.js',
        '--broker',
        'amqp://x',
        '--json',
      ],
    )

    expect(input).toEqual({
      task: 'add',
      args: '[2, 3]',
      kwargs: '{"c": 4}',
      queue: 'q',
      priority: 9,
      countdownMs: 1_200_000,
      etaAt: undefined,
      expiresMs: 3_600_000,
      id: 'x-1',
      ignoreResult: false,
      waitMs: 5000,
      modules: ['a.js', 'b.js'],
      loadTimeoutMs: 60_000,
      broker: 'amqp://x',
      connectTimeoutMs: 10_000,
      json: true,
    })
  })

  it('takes a moment to be run at, with its zone', async () => {
    expect((await parsed('call', 'add', '--eta', '2031-01-02T04:04:05+01:00')).input).toMatchObject({
      countdownMs: undefined,
      etaAt: Date.UTC(2031, 0, 2, 3, 4, 5),
    })
  })

  it('waits a minute where --wait says nothing else', async () => {
    expect((await parsed('call', 'add', '--wait')).input).toMatchObject({ waitMs: 60_000 })
  })

  it.each([
    ['a result that is waited for and not sent', ['--wait', '--ignore-result']],
    ['a priority that is none', ['--priority', '10']],
    ['arguments where a duration is due', ['--wait', '[1]']],
    ['a duration without unit', ['--expires', '60']],
    ['an empty id', ['--id', '']],
    ['a countdown and a moment', ['--countdown', '5s', '--eta', '2031-01-02T03:04:05Z']],
    ['a countdown without unit', ['--countdown', '10']],
    ['a countdown below zero', ['--countdown', '-5m']],
    ['a moment without its zone', ['--eta', '2031-01-02T03:04:05']],
    ['a day that is not in the calendar', ['--eta', '2031-02-30T03:04:05Z']],
  ])('refuses %s', async (_, options) => {
    await expect(parsed('call', 'add', ...options)).rejects.toThrow(UsageError)
  })
})

describe('taskalope purge', () => {
  it('takes a queue and --yes', async () => {
    expect((await parsed('purge', 'mail', '--yes')).input).toEqual({
      queue: 'mail',
      yes: true,
      broker: undefined,
      connectTimeoutMs: 10_000,
      json: false,
    })
  })
})

describe('What is unknown', () => {
  it.each([
    [['wrker'], 'Did you mean worker?'],
    [['worker', 'a.js', '--concurency', '3'], 'Did you mean --concurrency?'],
    [['call'], "missing required argument 'task'"],
    [['call', 'a', 'b', 'c'], 'too many arguments'],
    [['purge', 'q', '--broker'], 'argument missing'],
  ])('is refused with the nearest that is known: %j', async (args, words) => {
    const refusal = await parsed(...args).catch((error: unknown) => error)

    expect(refusal).toBeInstanceOf(CommanderError)
    expect((refusal as CommanderError).message).toContain(words)
  })
})
