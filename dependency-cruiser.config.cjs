/** The layer diagram of docs/architecture.md in executable form: who may import whom, and where each package is at home. */

// Each area lists the areas, or single contracts, it may import; everything else is an error.
const MAY_IMPORT = {
  kernel: [],
  serialization: ['kernel'],
  retry: ['kernel'],
  payload: ['kernel'],
  results: ['kernel'],
  message: ['kernel', 'serialization', 'retry'],
  registry: ['kernel', 'retry', 'payload'],
  middleware: ['kernel', 'message'],
  broker: ['kernel', 'serialization/serializer.ts', 'retry', 'message', 'results'],
  task: [
    ...[
      'kernel',
      'serialization/serializer.ts',
      'retry',
      'payload',
      'message',
      'registry',
      'middleware',
      'broker',
    ],
    ...['results'],
  ],
  decorators: ['kernel', 'retry', 'payload', 'registry', 'task'],
  workflow: ['kernel', 'message', 'results', 'task'],
  worker: [
    ...[
      'kernel',
      'serialization',
      'message',
      'retry',
      'payload',
      'registry',
      'middleware',
      'broker',
      'results',
    ],
    ...['task', 'workflow'],
  ],
  'dead-letters': [
    'kernel',
    'serialization',
    'message',
    'broker/broker.ts',
    'broker/queue-spec.ts',
    'broker/delay-key.ts',
  ],
  schedule: ['kernel', 'registry', 'task'],
  monitor: ['kernel', 'broker'],
  cli: ['kernel', 'monitor', 'app.ts'],
}

// What task, worker, workflow, schedule and monitor may know of broker and results: what these are, never which one.
const CONTRACTS = [
  '^src/broker/broker[.]ts$',
  '^src/results/(result-backend|task-result|failure|async-result)[.]ts$',
]

const AT_HOME = {
  amqplib: '^src/broker/amqp/',
  commander: '^src/cli/',
  'cli-progress': '^src/cli/dlq-progress[.]ts$',
  pino: '^src/kernel/pino-logger[.]ts$',
  'class-validator': '^src/payload/dto[.]ts$',
  'class-transformer': '^src/payload/dto[.]ts$',
}

const ASSEMBLY = '^src/app[a-z-]*[.]ts$'
const ENTRY_POINTS = '^src/(index|decorators/ready-made|testing/index|cli/main)[.]ts$'

const layers = Object.entries(MAY_IMPORT).map(([area, allowed]) => ({
  name: `layer-${area}`,
  comment: `src/${area} may import only: ${allowed.join(', ') || 'nothing'}.`,
  severity: 'error',
  from: { path: `^src/${area}/` },
  to: { path: '^src/', pathNot: [area, ...allowed].map(insideSrc) },
}))

const homes = Object.entries(AT_HOME).map(([dependency, home]) => ({
  name: `${dependency}-stays-home`,
  comment: `Only ${home} imports ${dependency}.`,
  severity: 'error',
  from: { path: '^src/', pathNot: home },
  to: { path: `(^|/)node_modules/${dependency}/|^${dependency}$` },
}))

module.exports = {
  forbidden: [
    ...layers,
    ...homes,
    {
      name: 'areas-are-known',
      comment: 'An area that is not in MAY_IMPORT would have no rule at all.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [...Object.keys(MAY_IMPORT), 'testing'].map(insideSrc).concat(ASSEMBLY, ENTRY_POINTS),
      },
      to: {},
    },
    {
      name: 'no-cycles',
      comment: 'Type-only cycles count: they mean two files are one idea.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'contracts-not-implementations',
      comment:
        'task, worker, workflow, schedule and monitor know what a broker or backend is, never which one.',
      severity: 'error',
      from: { path: '^src/(task|worker|workflow|schedule|monitor)/' },
      to: { path: '^src/(broker|results)/', pathNot: CONTRACTS },
    },
    {
      name: 'decorators-take-the-handle-only',
      comment: "delay() reaches an app through task/current-app.ts; the sending half is the app's.",
      severity: 'error',
      from: { path: '^src/decorators/' },
      to: { path: '^src/task/enqueue[.]ts$' },
    },
    {
      name: 'entry-points-are-exits',
      comment: 'They re-export outward. Nothing inside the library imports them.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: ENTRY_POINTS },
    },
    {
      name: 'app-is-the-top',
      comment: 'Only the CLI, the testing kit and index.ts see the composition root, and only by its front.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(cli|testing)/', '^src/index[.]ts$', ASSEMBLY] },
      to: { path: ASSEMBLY },
    },
    {
      name: 'cli-and-testing-are-leaves',
      comment: 'They use the library; the library does not know them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli|testing)/' },
      to: { path: '^src/(cli|testing)/' },
    },
    {
      name: 'testing-without-cli',
      severity: 'error',
      from: { path: '^src/testing/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'src-is-self-contained',
      comment: 'What is published cannot import what is not.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(tests|examples|benchmarks|scripts)/' },
    },
    {
      name: 'only-declared-packages',
      comment: 'Users install dependencies and peers, and nothing else.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'] },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-junk-drawers',
      comment: 'Name the responsibility instead.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '/(utils?|helpers?|common|misc|shared)[/.]' },
    },
    {
      name: 'no-orphans',
      comment: 'A file nobody imports is finished work that does nothing.',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: ENTRY_POINTS },
      to: {},
    },
  ],
  options: {
    // TypeScript 7 has no parser API: without this one no .ts file is seen, and nothing seen passes every rule.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
}

/** @param {string} name of an area, or of a file of src */
function insideSrc(name) {
  return name.endsWith('.ts') ? `^src/${name.replace('.', '[.]')}$` : `^src/${name}/`
}
