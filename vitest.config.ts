/** How the tests run: all of them with legacy decorators, and those of the decorators once more with TC39's. */
import { fileURLToPath } from 'node:url'
import swc from 'unplugin-swc'
import { defineConfig } from 'vitest/config'

const alias = [
  { find: /^taskalope$/, replacement: fileURLToPath(new URL('src/index.ts', import.meta.url)) },
  {
    find: /^taskalope\/retry$/,
    replacement: fileURLToPath(new URL('src/decorators/ready-made.ts', import.meta.url)),
  },
  {
    find: /^taskalope\/testing$/,
    replacement: fileURLToPath(new URL('src/testing/index.ts', import.meta.url)),
  },
]

export default defineConfig({
  test: {
    // More than there are cores: most of what takes long waits, for delays, nodes and processes.
    maxWorkers: 4,
    testTimeout: 15_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        resolve: { alias },
        // Said here, because otherwise the metadata depends on which files tsconfig.json includes.
        oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
        test: {
          name: 'legacy',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/decorators/tc39/**'],
        },
      },
      {
        extends: true,
        resolve: { alias },
        oxc: false,
        plugins: [
          swc.vite({
            tsconfigFile: false,
            swcrc: false,
            jsc: {
              target: 'es2022',
              parser: { syntax: 'typescript', decorators: true },
              transform: { legacyDecorator: false, decoratorVersion: '2023-11' },
            },
          }),
        ],
        test: {
          name: 'tc39',
          include: ['tests/decorators/*.test.ts', 'tests/decorators/tc39/**/*.test.ts'],
        },
      },
    ],
  },
})
