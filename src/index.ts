/** The public surface: re-exports, nothing else. */
import 'reflect-metadata'

export { configure, defaultApp, Taskalope } from './app.js'
export type { QueueOptions, TaskalopeOptions } from './app-options.js'
export type {
  Address,
  Broker,
  BrokerCapabilities,
  ConsumeOptions,
  Consumer,
  Delivery,
  PublishOptions,
  QueueSpec,
  QueueState,
  QueueType,
} from './broker/broker.js'
export type { DeadLetter } from './dead-letters/dead-letter.js'
export type {
  DeadCall,
  DeadLetterDropOptions,
  DeadLetterListOptions,
  DeadLetterRetryOptions,
  DeadLetters,
} from './dead-letters/dead-letters.js'
export type { DeadLetterFilter } from './dead-letters/filter.js'
export type { LetterFate } from './dead-letters/move.js'
export type { MoveReport, SkippedLetters } from './dead-letters/move-report.js'
export { combineRetries, createRetry, makeRetryDecorator, Payload, retry, task } from './decorators/index.js'
export type {
  CreateRetry,
  MakeRetryDecorator,
  RetryContext,
  RetryDecorator,
  RetryFactory,
  RetryPolicy,
} from './decorators/retry-forms.js'
export type { TaskDecorator, TaskFactory, TypedTaskDecorator } from './decorators/task-forms.js'
export { systemClock, type Clock, type Timer } from './kernel/clock.js'
export {
  hours,
  minutes,
  seconds,
  type Duration,
  type DurationString,
  type DurationUnit,
} from './kernel/duration.js'
export {
  BrokerError,
  DeclarationError,
  isTaskalopeError,
  MessageError,
  PayloadError,
  ResultError,
  TaskalopeError,
  TaskFailedError,
  type BrokerReason,
  type ErrorCode,
  type Issue,
  type RemoteError,
  type TaskFailedDetails,
} from './kernel/errors.js'
export { silentLogger, type LogFields, type Logger } from './kernel/logger.js'
export type { Headers, HeaderValue, MessageProperties, WireMessage } from './message/wire-message.js'
export {
  listOf,
  mapOf,
  oneOf,
  optional,
  type ListSpec,
  type MapSpec,
  type OneOfSpec,
  type OptionalSpec,
  type ParamSpec,
  type StandardSchema,
} from './payload/param-spec.js'
export { Registry } from './registry/registry.js'
export type { RetryNotice, TaskDefinition } from './registry/task-definition.js'
export type { AsyncResult, GetOptions } from './results/async-result.js'
export type { ResultBackend, ResultListener, ResultSlot } from './results/result-backend.js'
export type { Progress, ReplyAddress, TaskResult, TaskState } from './results/task-result.js'
export type { BackoffOptions, ErrorClass, Jitter } from './retry/retry-types.js'
export type { EncodeOptions, Serializer, SizeLimits } from './serialization/serializer.js'
export type { CallOptions, SendTaskOptions } from './task/call-options.js'
export type { SendManyOptions } from './task/current-app.js'
export type { FunctionTask, FunctionTaskClass, TaskFn } from './task/function-types.js'
export type { DelayArgs, ResultOf, TaskClass, TaskHandle, TaskMethods } from './task/handle-types.js'
export { sendTask } from './task/send-task.js'
export { Ignore, Reject, Retry, type RetryOptions } from './task/signals.js'
export type { Signature } from './task/signature.js'
export { currentTask, type TaskContext, type TaskRequest } from './task/task-context.js'
export type { TaskOptions } from './task/task-options.js'
export { Task } from './task/task.js'
export { taskOf, tasks } from './task/tasks-of.js'
export type { StopOptions, StopReport, WorkerState } from './worker/worker.js'
export { Worker } from './worker/worker.js'
export type { WorkerOptions } from './worker/worker-options.js'
