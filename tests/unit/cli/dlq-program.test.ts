/** Checks what `taskalope dlq …` becomes: what is to be done with which dead letters, or a refusal. */
import { describe, expect, it } from 'vitest'
import type { DlqInput } from '../../../src/cli/command-inputs.js'
import { createProgram } from '../../../src/cli/program.js'
import { UsageError } from '../../../src/cli/usage-error.js'

async function parsed(...args: string[]): Promise<DlqInput> {
  const given: DlqInput[] = []
  const nothing = () => Promise.resolve()
  const commands = { worker: nothing, list: nothing, call: nothing, purge: nothing }
  const dlq = async (input: DlqInput) => void given.push(input)
  await createProgram('1.2.3', { ...commands, dlq }, () => {}).parseAsync(['dlq', ...args], { from: 'user' })
  const [input] = given
  if (!input) throw new Error('Nothing was carried out.')
  return input
}

const NO_FILTER = {
  id: undefined,
  task: undefined,
  error: undefined,
  queue: undefined,
  olderThanMs: undefined,
  newerThanMs: undefined,
}
const COMMON = {
  broker: undefined,
  connectTimeoutMs: 10_000,
  json: false,
  modules: [],
  loadTimeoutMs: 60_000,
  namespace: undefined,
  filter: NO_FILTER,
}

describe('taskalope dlq', () => {
  it('lists fifty', async () => {
    expect(await parsed('list')).toEqual({ ...COMMON, action: 'list', limit: 50 })
  })

  it('takes every part of a filter', async () => {
    const { filter } = await parsed(
      ...['list', '--task', 'mail', '--error', 'TypeError', '--queue', 'q'],
      ...['--older-than', '1h', '--newer-than', '2d'],
    )

    expect(filter).toEqual({
      ...NO_FILTER,
      task: 'mail',
      error: 'TypeError',
      queue: 'q',
      olderThanMs: 3_600_000,
      newerThanMs: 2 * 86_400_000,
    })
  })

  it('shows one', async () => {
    expect(await parsed('show', 'a1', '--json')).toEqual({
      ...COMMON,
      ...{ action: 'show', id: 'a1', json: true, filter: { ...NO_FILTER, id: 'a1' } },
    })
  })

  it('sends all again unless it is told which, how many, how fast and where to', async () => {
    const all = {
      action: 'retry',
      limit: undefined,
      rate: undefined,
      dryRun: false,
      yes: false,
      to: undefined,
    }

    expect(await parsed('retry')).toEqual({ ...COMMON, ...all })
    expect(
      await parsed(
        'retry',
        '--limit',
        '5',
        '--rate',
        '0.5',
        '--dry-run',
        '-y',
        '--to',
        'q',
        '--namespace',
        'n',
      ),
    ).toEqual({
      ...{ ...COMMON, ...all, limit: 5, rate: 0.5, dryRun: true, yes: true, to: 'q', namespace: 'n' },
    })
  })

  it.each(['retry', 'drop', 'export'])('with an ID, %s is about that one', async (action) => {
    expect(await parsed(action, 'a1')).toMatchObject({ action, limit: 1, filter: { ...NO_FILTER, id: 'a1' } })
  })

  it.each([
    [['retry', 'a1', '--task', 'x'], 'exclude each other'],
    [['drop', 'a1', '--older-than', '1h'], 'exclude each other'],
    [['list', '--namespace', 'n', '--load', 'a.js'], 'exclude each other'],
    [['list', '--limit', '0'], '--limit'],
    [['retry', '--rate', '0'], '--rate'],
    [['retry', '--rate', 'fast'], '--rate'],
    [['retry', '--rate', '-3'], '--rate'],
    [['drop', '--older-than', '5'], '--older-than'],
    [['list', '--task', ''], '--task'],
    [['drop', ''], 'ID'],
  ])('%j is refused', async (args, text) => {
    const refusal = await parsed(...args).catch((error: unknown) => error)

    expect(refusal).toBeInstanceOf(UsageError)
    expect((refusal as Error).message).toContain(text)
  })

  it.each([
    [['drop', '--to', 'q'], 'commander.unknownOption'],
    [['list', '--dry-run'], 'commander.unknownOption'],
    [['show'], 'commander.missingArgument'],
    [['eat'], 'commander.unknownCommand'],
  ])('%j is no command', async (args, code) => {
    await expect(parsed(...args)).rejects.toMatchObject({ code })
  })
})
