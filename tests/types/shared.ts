/** What must compile and what must not, under both decorator modes. Only compiled: nothing here ever runs. */
import {
  combineRetries,
  createRetry,
  currentTask,
  listOf,
  makeRetryDecorator,
  mapOf,
  minutes,
  oneOf,
  optional,
  Registry,
  retry,
  sendTask,
  Task,
  task,
  taskOf,
  tasks,
  type AsyncResult,
  type Duration,
  type RetryContext,
  type RetryDecorator,
  type RetryPolicy,
  type TaskContext,
  type TaskHandle,
  type TaskRequest,
} from 'taskalope'
import {
  httpStatusOf,
  retryAfterMs,
  retryOnCode as onCode,
  retryOnHttp as onHttp,
  retryOnNetwork as onNetwork,
} from 'taskalope/retry'
import { z } from 'zod'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare function same<A, B>(ok: Equal<A, B>): void
/** What get() gives for a call. */
type Got<P> = P extends Promise<AsyncResult<infer T>> ? T : never

// ------------------------------------------------------------------ functions

export const add = task('add', async (a: number, b: number) => a + b)

export async function functions(): Promise<void> {
  const result = await add.delay(1, 2)
  same<typeof result, AsyncResult<number>>(true)
  same<Awaited<ReturnType<typeof result.get>>, number>(true)
  same<ReturnType<typeof add>, Promise<number>>(true)
  const local: number = await add(1, 2)
  await add.applyAsync([1, 2], { queue: 'fast', priority: 5, expires: '1h', taskId: 'x', headers: { a: 1 } })
  const many = await add.delayMany([
    [1, 2],
    [3, 4],
  ])
  same<typeof many, AsyncResult<number>[]>(true)
  same<typeof add.taskName, string>(true)
  const [first]: readonly number[] = add.s(1, 2).args
  void [local, first, add.call(undefined, 1, 2), add.bind(undefined, 1)]

  // @ts-expect-error a is a number
  void add.delay('1', 2)
  // @ts-expect-error b is missing
  void add.delay(1)
  // @ts-expect-error there is no third
  void add.applyAsync([1, 2, 3])
  // @ts-expect-error not a duration
  void add.applyAsync([1, 2], { expires: '10 minutes' })
  // @ts-expect-error no such option
  void add.applyAsync([1, 2], { queu: 'fast' })
  // @ts-expect-error each call is checked
  void add.delayMany([[1, 2], [3]])
  // @ts-expect-error a signature is checked too
  add.s('1', 2)
}

export async function formsOfFunctions(): Promise<void> {
  const named = task(async function named(a: string) {
    return a.length
  })
  same<Got<ReturnType<typeof named.delay>>, number>(true)

  const withOptions = task({ name: 'o', queue: 'q' }, (a: string, b?: number, ...rest: boolean[]) => ({
    a,
    b,
    rest,
  }))
  void withOptions.delay('x')
  void withOptions.delay('x', 1, true, false)
  // @ts-expect-error the rest are booleans
  void withOptions.delay('x', 1, 2)

  const curried = task({ name: 'curried' })((label: string) => label)
  same<Parameters<typeof curried.delay>, [label: string]>(true)
  const byName = task('by-name')((label: string) => label)
  same<Parameters<typeof byName.delay>, [label: string]>(true)

  const none = task('none', () => {})
  same<Parameters<typeof none.delay>, []>(true)
  same<Got<ReturnType<typeof none.delay>>, void>(true)

  // @ts-expect-error no such option
  task({ name: 'x', quue: 'q' }, (a: string) => a)
  // @ts-expect-error a queue is a text
  task({ name: 'x', queue: 5 })
  // @ts-expect-error not a duration
  task({ name: 'x', expires: '-5 minutes' })
  // @ts-expect-error a task is a function
  task('x', 5)
  // @ts-expect-error options come first
  task((a: string) => a, { name: 'x' })
}

export async function contextOfFunctions(): Promise<void> {
  const who = task('who', async function (this: TaskContext, a: number) {
    return [this.id, a] as const
  })
  void who(1)
  void who.delay(1)
  same<Got<ReturnType<typeof who.delay>>, readonly [string, number]>(true)
  same<ReturnType<typeof currentTask>, TaskContext | undefined>(true)
  task(
    { name: 'hooks', onSuccess: (result, request) => void [result, request.id, request.deliveryCount] },
    () => 1,
  )
  // @ts-expect-error a request has no such fact
  task({ name: 'hooks', beforeStart: (request) => request.nope }, () => 1)
}

export async function genericAndOverloadedFunctions(): Promise<void> {
  const generic = task('generic', async <T>(value: T) => value)
  same<ReturnType<typeof generic<5>>, Promise<5>>(true)
  void generic.delay({ anything: 1 })
  same<Got<ReturnType<typeof generic.delay>>, unknown>(true)
  const overloaded = task('overloaded', over)
  void overloaded.delay(1)
  // @ts-expect-error TypeScript sees only the last overload
  void overloaded.delay('x')
}
declare function over(a: string): string
declare function over(a: number): number

// ------------------------------------------------------------------ what comes back

class Money {
  constructor(readonly cents: number) {}
  toJSON(): { cents: number } {
    return { cents: this.cents }
  }
}
class Point {
  x = 0
  readonly y?: number
  #secret = 1
  length(): number {
    return this.#secret
  }
}
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
type Expression = ['add', Expression, Expression] | number
class Branch {
  children: Branch[] = []
  parent?: Branch
  grow(): void {}
}

export async function results(): Promise<void> {
  const kept = task('kept', () => ({
    at: new Date(),
    ids: new Set([1]),
    prices: new Map([['a', 1n]]),
    bytes: new Uint8Array(1),
  }))
  same<
    Got<ReturnType<typeof kept.delay>>,
    { at: Date; ids: Set<number>; prices: Map<string, bigint>; bytes: Uint8Array<ArrayBuffer> }
  >(true)
  const date = task('date', async () => new Date())
  same<Got<ReturnType<typeof date.delay>>, Date>(true)
  const money = task('money', () => [new Money(5)])
  same<Got<ReturnType<typeof money.delay>>, { cents: number }[]>(true)
  const point = task('point', () => new Point())
  same<Got<ReturnType<typeof point.delay>>, { x: number; readonly y?: number }>(true)
  const maybe = task('maybe', async (): Promise<string | undefined> => undefined)
  same<Got<ReturnType<typeof maybe.delay>>, string | undefined>(true)
  const fn = task('fn', () => () => 1)
  same<Got<ReturnType<typeof fn.delay>>, never>(true)

  const json = task('json', (value: Json) => value)
  const back: Json = await (await json.delay({ a: [1, { b: null }] })).get()
  const expression = task('expression', (e: Expression) => e)
  void expression.delay(['add', 1, ['add', 2, 3]])
  const branch = task('branch', (b: Branch) => b)
  const grown = await (await branch.delay({ children: [{ children: [] }] })).get()
  void [back, grown.children[0]?.parent?.children]
  // @ts-expect-error methods do not travel
  grown.grow()
}

// ------------------------------------------------------------------ classes

@task({ name: 'images.process', queue: 'images' })
export class ProcessImage extends Task {
  async run(url: string, width = 100): Promise<{ at: Date }> {
    await this.progress(0.5, { width })
    this.log.info({ id: this.request.id }, url)
    return { at: new Date(width + Number(this.signal.aborted)) }
  }

  override onSuccess(_result: unknown, request: TaskRequest): void {
    void request.id
  }
}

@task()
class NoBase {
  constructor(readonly dependency: Date) {}
  async run(a: number): Promise<string> {
    return String(a)
  }
}

@task
class Bare extends Task {
  run(): number {
    return 1
  }
}

@task('with-dependencies')
class WithDependencies extends Task {
  constructor(private readonly dependency: Map<string, string>) {
    super()
  }
  run(key: string): string | undefined {
    return this.dependency.get(key)
  }
}

class GenericBase<A, B> extends Task {
  run(a: A): B {
    return a as never
  }
}
@task
class Concrete extends GenericBase<string, number> {}

@task('logged')
class Logged extends add.Task {
  override async run(a: number, b: number): Promise<number> {
    return super.run(a, b)
  }
}
const shout = task('shout', (text: string) => text.toUpperCase())
@task('shout.later')
class ShoutLater extends shout.Task {
  override async run(text: string): Promise<string> {
    return `${await super.run(text)}!`
  }
}

const Wrapped = task({ name: 'wrapped' })(
  class {
    async run(a: number): Promise<Date> {
      return new Date(a)
    }
  },
)

export async function classes(): Promise<void> {
  const result = await ProcessImage.delay('u')
  same<Awaited<ReturnType<typeof result.get>>, { at: Date }>(true)
  void ProcessImage.delay('u', 5)
  void new ProcessImage().delay('u', 5)
  void ProcessImage.applyAsync(['u'], { priority: 5 })
  void ProcessImage.delayMany([['u'], ['v', 1]])
  same<typeof ProcessImage.taskName, string>(true)
  void new ProcessImage().run('u')
  // @ts-expect-error the url is a text
  void ProcessImage.delay(1)
  // @ts-expect-error the url is missing
  void ProcessImage.delay()
  // @ts-expect-error and so it is on an instance
  void new ProcessImage().delay()
  // @ts-expect-error the base class itself has no run() to call
  void Task.delay('u')

  void WithDependencies.delay('k')
  void Concrete.delay('x')
  // @ts-expect-error run() takes a string there
  void Concrete.delay(1)
  const bare = await Bare.delay()
  same<typeof bare, AsyncResult<number>>(true)

  void taskOf(NoBase).delay(1)
  // @ts-expect-error a decorator cannot add static members to a type: that takes extending Task, or taskOf()
  void NoBase.delay(1)
  // @ts-expect-error a number
  void taskOf(NoBase).delay('1')
  void Wrapped.delay(1)
  same<Parameters<typeof Wrapped.delay>, [a: number]>(true)
  same<Got<ReturnType<typeof Wrapped.delay>>, Date>(true)
  void new Wrapped().run(1)

  void Logged.delay(1, 2)
  void ShoutLater.delay('x')
  void add.Task.delay(1, 2)
  void new add.Task().run(1, 2)
  // @ts-expect-error the same parameters as the function
  void Logged.delay('1', 2)
}

// @ts-expect-error no run()
@task()
class NoRun {
  go(): void {}
}
class Untyped extends Task {
  // @ts-expect-error TS7006: nothing flows from a base class into an override's parameters
  async run(url) {}
}

// ------------------------------------------------------------------ methods

export class Emails {
  plain = 1
  constructor(private readonly smtp: { send(to: string): Promise<Date> }) {}
  @task()
  async welcome(userId: string, options?: { html: boolean }): Promise<Date> {
    void options
    return this.smtp.send(userId)
  }
  @task({ name: 'emails.bye' }) bye(n: number): number {
    return n
  }
  @task static sweep(n: number): number {
    return n
  }
  @task async bare(a: string): Promise<string> {
    return a
  }
  @task('emails.generic') generic<T extends string>(a: T): T {
    return a
  }
  // @ts-expect-error getters are not tasks
  @task() get computed(): number {
    return 1
  }
  // @ts-expect-error nor are they without parentheses
  @task get computedToo(): number {
    return 1
  }
  // @ts-expect-error fields are not tasks
  @task() field = 1
  // @ts-expect-error nor are fields that hold a function
  @task() arrow = async (a: number): Promise<number> => a
}

export async function methods(): Promise<void> {
  const emails = tasks(Emails)
  const result = await emails.welcome.delay('x')
  same<Awaited<ReturnType<typeof result.get>>, Date>(true)
  void emails.welcome.delay('x', { html: true })
  void emails.bye.delay(1)
  void emails.sweep.delay(1)
  void emails.bare.applyAsync(['a'], { queue: 'q' })
  // @ts-expect-error a user id is a text
  void emails.welcome.delay(1)
  // @ts-expect-error static methods are checked as well
  void emails.sweep.delay('1')
  // @ts-expect-error fields are no methods
  void emails.plain
  // @ts-expect-error private members are nobody's task
  void emails.smtp
}

// ------------------------------------------------------------------ params and returns

class ImageDto {
  url!: string
  taken!: Date
  tags: string[] = []
  area(): number {
    return 1
  }
}
const Options = z.object({
  size: z.coerce.number<string | number>(),
  at: z.string().transform((text) => new Date(text)),
  note: z.string().default(''),
})
const plainImage = { url: 'u', taken: new Date(), tags: ['t'] }

export const resize = task(
  { name: 'resize', params: [ImageDto, Options, optional(Date), optional(listOf(String))] },
  async (image, options, when, names) => {
    same<typeof image, ImageDto>(true)
    same<typeof options, { size: number; at: Date; note: string }>(true)
    same<typeof when, Date | undefined>(true)
    same<typeof names, string[] | undefined>(true)
    return image.area() + options.size
  },
)

export async function params(): Promise<void> {
  void resize.delay(plainImage, { size: '5', at: '2020-01-01' })
  void resize.delay(new ImageDto(), { size: 5, at: 'x', note: '' }, '2020-01-01', ['a'])
  void resize.delay(plainImage, { size: 5, at: 'x' }, new Date())
  same<Got<ReturnType<typeof resize.delay>>, number>(true)
  await resize(new ImageDto(), { size: 5, at: new Date(), note: '' })
  // @ts-expect-error on the way in, at is a text
  void resize.delay(plainImage, { size: 5, at: new Date() })
  // @ts-expect-error the url is missing
  void resize.delay({ taken: new Date(), tags: [] }, { size: 5, at: '' })
  // @ts-expect-error the local call takes what the schema makes of it
  await resize(new ImageDto(), { size: 5, at: '2020' })

  const words = task(
    { name: 'words', params: [mapOf(Number), oneOf('small', 'large', ImageDto), listOf(BigInt), Boolean] },
    (prices, size, ids, flag) => {
      same<typeof prices, Record<string, number>>(true)
      same<typeof size, 'small' | 'large' | ImageDto>(true)
      same<typeof ids, bigint[]>(true)
      same<typeof flag, boolean>(true)
      return ids.length
    },
  )
  void words.delay({ a: 1 }, 'small', [1n], true)
  void words.delay({}, plainImage, [], false)
  // @ts-expect-error not one of them
  void words.delay({}, 'medium', [], false)

  const curried = task({ name: 'curried', params: [listOf(ImageDto), BigInt] })(
    (images: ImageDto[], n: bigint) => images.length + Number(n),
  )
  void curried.delay([plainImage], 1n)

  const withThis = task({ name: 'this', params: [String] }, function (text) {
    same<typeof text, string>(true)
    return this.id
  })
  void withThis.delay('x')

  // @ts-expect-error params and the function disagree
  task({ name: 'x', params: [ImageDto] }, async (a: string) => a)
  // @ts-expect-error and so they do here
  task({ name: 'x', params: [String] })((a: number) => a)
  // @ts-expect-error more parameters than params
  task({ name: 'x', params: [String] }, (a: string, b: number) => [a, b])
  // @ts-expect-error an arrow function is no type
  task({ name: 'x', params: [() => 1] })
  // @ts-expect-error a text is no type
  listOf('string')

  const returning = task({ name: 'ret', params: [], returns: ImageDto })(async () => new ImageDto())
  same<Got<ReturnType<typeof returning.delay>>, ImageDto>(true)
  const onlyReturning = task({ name: 'ret2', returns: listOf(ImageDto) }, async (n: number) => [
    new ImageDto(),
    n,
  ])
  same<Got<ReturnType<typeof onlyReturning.delay>>, ImageDto[]>(true)
  void onlyReturning.delay(1)
}

@task({ params: [ImageDto] })
class WithParams extends Task {
  run(image: ImageDto): number {
    return image.area()
  }
}
void WithParams.delay(plainImage)

// @ts-expect-error run() and params disagree
@task({ params: [String] })
class Disagreeing extends Task {
  run(image: ImageDto): number {
    return image.area()
  }
}

const Changing = z.string().transform(Number)

// @ts-expect-error a decorated class keeps its type, so a schema that changes the type cannot be used on it …
@task({ params: [Changing] })
class ChangingDecorated extends Task {
  run(n: number): number {
    return n
  }
}
// … but on one that is handed over
const ChangingHandedOver = task({ name: 'changing', params: [Changing] })(
  class extends Task {
    run(n: number): number {
      return n
    }
  },
)
void ChangingHandedOver.delay('5')
void new ChangingHandedOver().run(5)
// @ts-expect-error its delay() takes what the schema takes
void ChangingHandedOver.delay(5)
same<Got<ReturnType<typeof ChangingHandedOver.delay>>, number>(true)

class MethodsWithParams {
  @task({ params: [ImageDto, z.object({ k: z.string() })] })
  fits(image: ImageDto, options: { k: string }): void {
    void [image, options]
  }
  @task({ params: [ImageDto, optional(Number)] }) leavesOut(image: ImageDto): void {
    void image
  }
  // @ts-expect-error params disagree
  @task({ params: [ImageDto] }) disagrees(n: number): void {
    void n
  }
  // @ts-expect-error the method takes fewer than params demand
  @task({ params: [ImageDto, Number] }) tooFew(image: ImageDto): void {
    void image
  }
  // @ts-expect-error a schema that changes the type: delay() takes what the method takes
  @task({ params: [Changing] }) changes(n: number): void {
    void n
  }
  // @ts-expect-error what the schema makes of it must fit the method
  @task({ params: [Changing] }) changesWrongly(n: string): void {
    void n
  }
}
void tasks(MethodsWithParams).fits.delay(plainImage, { k: 'v' })

// ------------------------------------------------------------------ retries

class HttpError extends Error {
  constructor(readonly status: number) {
    super()
  }
}
class SqlError extends Error {
  readonly sqlState: string = ''
}
class RateLimited extends HttpError {
  readonly retryAfterMs?: number
}

const byClass = createRetry({
  on: HttpError,
  when: (e) => {
    same<typeof e, HttpError>(true)
    return e.status >= 500
  },
  delay: ({ error, retry: number, attempt, taskName, args, request }) => {
    same<typeof error, HttpError>(true)
    same<typeof request, TaskRequest>(true)
    void [request.deliveryCount, taskName, args]
    return minutes(error.status + number * attempt)
  },
  key: ({ error, args }) => `${error.status}:${String(args[0])}`,
  max: ({ error }) => (error.status === 500 ? 1 : Infinity),
})
same<typeof byClass, RetryDecorator>(true)

const byClasses = createRetry({
  on: [HttpError, SqlError],
  when: (e, { error }) => {
    same<typeof e, HttpError | SqlError>(true)
    same<typeof error, HttpError | SqlError>(true)
    return e instanceof SqlError ? e.sqlState === '40001' : e.status === 500
  },
  backoff: { type: 'exponential', base: '1s', factor: 2, max: '10m', jitter: 'full' },
})
const byGuard = createRetry({
  when: (e): e is SqlError => e instanceof SqlError,
  delay: ({ error }) => {
    same<typeof error, SqlError>(true)
    return '1s'
  },
})
const byInferredGuard = createRetry({
  when: (e) => e instanceof HttpError,
  delay: ({ error }) => {
    same<typeof error, HttpError>(true)
    return 5
  },
})
const byAnything = createRetry({
  when: (e, context) => {
    same<typeof e, unknown>(true)
    same<typeof context, RetryContext>(true)
    return String(e) === 'busy'
  },
  delay: ({ error }) => {
    same<typeof error, unknown>(true)
    return undefined
  },
})
const byRetryAfter = createRetry({ on: RateLimited, max: 20, delay: ({ error }) => error.retryAfterMs })
const nothingSaid = createRetry({})

// The user's own, as the guide has them: a function that makes one, and makeRetryDecorator.
const retryOnHttp = (statuses: readonly number[], o: { delay?: Duration; max?: number } = {}) =>
  createRetry({
    key: 'http',
    on: HttpError,
    when: (e) => statuses.includes(e.status),
    delay: o.delay ?? '20m',
    max: o.max ?? 5,
  })
const retryOnStatus = makeRetryDecorator((statuses: readonly number[], options?: { max: number }) => ({
  on: HttpError,
  when: (e) => {
    same<typeof e, HttpError>(true)
    return statuses.includes(e.status)
  },
  delay: ({ error }) => {
    same<typeof error, HttpError>(true)
    return minutes(error.status)
  },
  max: options?.max ?? 3,
}))
same<
  typeof retryOnStatus,
  (statuses: readonly number[], options?: { max: number } | undefined) => RetryDecorator
>(true)
const retryOnEither = makeRetryDecorator(() => ({
  on: [HttpError, SqlError],
  when: (e) => {
    same<typeof e, HttpError | SqlError>(true)
    return true
  },
}))
const retryOnCode = makeRetryDecorator((code: string) => ({
  key: code,
  when: (e) => {
    same<typeof e, unknown>(true)
    return e instanceof Error && 'code' in e && e.code === code
  },
}))
const retryOnGuard = makeRetryDecorator((state: string) => ({
  when: (e): e is SqlError => e instanceof SqlError && e.sqlState === state,
  delay: ({ error }) => {
    same<typeof error, unknown>(true)
    return '1s'
  },
}))
const aValue: RetryPolicy<HttpError> = { on: HttpError, when: (e, { request }) => e.status > request.attempt }
const fromValue = createRetry(aValue)
const fromValueMaker = makeRetryDecorator((max: number): RetryPolicy<HttpError> => ({ ...aValue, max }))
const several: RetryDecorator = combineRetries(byClass, retryOnHttp([500]), retryOnCode('E'), retry)

@byClass
@several
@retryOnHttp([500], { delay: '5m' })
@task
@retryOnStatus([429], { max: 2 })
@retry
class Retried extends Task {
  @retry() override run(a: string): string {
    return a
  }
}
@task('retried.2')
@retry()
@retry({ on: SqlError, max: 5, delay: '20m' })
@retry({ when: (e) => e instanceof HttpError, delay: ({ error }) => error.status })
class RetriedToo extends Task {
  run(a: number): number {
    return a
  }
}
const RetriedByHand = retry({ max: 1 })(
  task('retried.3')(
    class {
      run(a: number): Date {
        return new Date(a)
      }
    },
  ),
)
@retry({ max: 2 })
abstract class RetriedBase extends Task {
  abstract override run(a: string): unknown
}

class RetriedEmails {
  @byClass
  @task()
  @retryOnEither()
  async welcome(to: string): Promise<string> {
    return to
  }
  @retry @task bare(a: string): string {
    return a
  }
  @task() @retry({ max: 1 }) static sweep(n: number): number {
    return n
  }
  // @ts-expect-error getters are not tried again
  @retry() get computed(): number {
    return 1
  }
  // @ts-expect-error nor are they without parentheses
  @retry get computedToo(): number {
    return 1
  }
  // @ts-expect-error nor by a decorator of one's own
  @byClass get computedThree(): number {
    return 1
  }
  // @ts-expect-error fields are not tasks
  @retry({ max: 1 }) field = 1
}

export async function retries(): Promise<void> {
  const decorated = retry({ max: 1 })(task('r1', async (a: number) => a))
  same<Got<ReturnType<typeof decorated.delay>>, number>(true)
  same<ReturnType<typeof decorated>, Promise<number>>(true)
  void decorated.delay(1)
  const before = task(
    byClass(async function r2(a: number) {
      return a
    }),
  )
  void before.delay(1)
  const stacked = retryOnHttp([500])(byClasses(task({ name: 'r3' })((a: number) => a)))
  void stacked(1).toFixed
  const bare = retry(task('r4', (a: string) => a))
  void bare.delay('a')
  const typed = byClass(task({ name: 'r5', params: [listOf(ImageDto)] }, (images) => images.length))
  void typed.delay([plainImage])
  const named = task('r6', retry()(retryOnCode('E')((a: string, b?: number) => [a, b])))
  void named.delay('a', 1)
  const withThis = task(
    'r7',
    retry()(async function (this: TaskContext, a: number) {
      return [this.id, a] as const
    }),
  )
  same<Got<ReturnType<typeof withThis.delay>>, readonly [string, number]>(true)
  task(
    { name: 'r8', maxRuns: 5, onRetry: (_error, notice, request) => void [notice.nextAt, request.id] },
    () => 1,
  )

  void Retried.delay('a')
  void RetriedToo.delay(1)
  same<Got<ReturnType<typeof RetriedByHand.delay>>, Date>(true)
  void tasks(RetriedEmails).welcome.delay('x')
  void tasks(RetriedEmails).sweep.delay(1)

  // @ts-expect-error a is a number
  void decorated.delay('1')
  // @ts-expect-error each keeps its arguments' types
  void stacked.delay('1')
  // @ts-expect-error HttpError has no such member
  createRetry({ on: HttpError, when: (e) => e.nope })
  // @ts-expect-error nor has what makeRetryDecorator is told
  makeRetryDecorator(() => ({ on: HttpError, when: (e) => e.nope }))
  // @ts-expect-error without `on`, an error is anything at all
  createRetry({ when: (e) => e.status === 500 })
  // @ts-expect-error a predicate answers at once
  createRetry({ when: async () => true })
  // @ts-expect-error not a duration
  createRetry({ delay: '20 minutes' })
  // @ts-expect-error a date is no delay
  createRetry({ on: HttpError, delay: () => new Date() })
  // @ts-expect-error no such option
  createRetry({ maxRetries: 3 })
  // @ts-expect-error no such option of a backoff
  createRetry({ backoff: { maximum: '1m' } })
  // @ts-expect-error no such kind of jitter
  createRetry({ backoff: { jitter: 'some' } })
  // @ts-expect-error a text is no class of errors
  createRetry({ on: 'HttpError' })
  // @ts-expect-error a list of statuses
  retryOnStatus('500')
  // @ts-expect-error the second is options
  retryOnStatus([500], 5)
  // @ts-expect-error a policy is an object
  makeRetryDecorator(() => 5)
  // @ts-expect-error options come first
  retry((a: string) => a, { max: 1 })
  // @ts-expect-error what is no decorator cannot be combined
  combineRetries({ max: 1 })
  // @ts-expect-error the cap of runs is a number
  task({ name: 'r9', maxRuns: '5' })
}

@onHttp([500, 502], { delay: '20m', max: 5, key: 'http' })
@onNetwork()
@task('ready-made')
class ReadyMade extends Task {
  @onCode('40001', { backoff: { base: '1s' } }) override run(a: number): number {
    return a
  }
}

export async function readyMade(): Promise<void> {
  const fetched = onHttp([500])(
    onNetwork({ delay: ({ retry: number }) => number * 1000 })(task('rm', (a: string) => a)),
  )
  void fetched.delay('a')
  void ReadyMade.delay(1)
  const own = (statuses: readonly number[]): RetryDecorator =>
    createRetry({
      key: 'own',
      when: (e) => statuses.includes(httpStatusOf(e) ?? 0),
      delay: ({ error }) => retryAfterMs(error) ?? '20m',
    })
  void own
  // @ts-expect-error a list of statuses
  onHttp(500)
  // @ts-expect-error a number of retries
  onHttp([500], { max: '5' })
  // @ts-expect-error which errors it is for is what it is there to say
  onNetwork({ when: () => true })
  // @ts-expect-error a code is a text
  onCode(40001)
}

// @ts-expect-error no run(): what stands on a class is for that
@retry()
class NothingToRetry {
  go(): void {}
}

void [
  byGuard,
  byInferredGuard,
  byAnything,
  byRetryAfter,
  nothingSaid,
  fromValue,
  fromValueMaker,
  retryOnGuard,
]
void [RetriedBase, NothingToRetry]

// ------------------------------------------------------------------ the rest

export async function elsewhere(): Promise<void> {
  const foreign = await sendTask<number>('py.add', [2, 3], { kwargs: { c: 4 }, queue: 'celery' })
  same<typeof foreign, AsyncResult<number>>(true)
  const unknownResult = await sendTask('py.add')
  same<typeof unknownResult, AsyncResult<unknown>>(true)
  const registry = new Registry().add(add, ProcessImage, Emails, Wrapped, NoBase, add.Task)
  same<typeof registry, Registry>(true)
  const handle: TaskHandle<[number, number], number> = add
  const another: TaskHandle<[url: string, width?: number | undefined], { at: Date }> = taskOf(ProcessImage)
  void [handle, another]
  // @ts-expect-error a result is not awaited by itself: get() does that
  void add.delay(1, 2).then((result) => result.then)
  // @ts-expect-error a registry takes tasks
  registry.add('add')
}

void [NoRun, Untyped, Disagreeing, ChangingDecorated]
