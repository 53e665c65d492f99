/** Finds the app that loaded modules are about: the one they export, else the default one. */
import { defaultApp, isTaskalope, type Taskalope } from '../app.js'
import { DeclarationError } from '../kernel/errors.js'
import { quoted } from './parse-options.js'
import type { LoadedModule } from './load-modules.js'

/**
 * The app that one of the modules exports, as `app` or as default; the default app where none does.
 * @throws DeclarationError ERR_MODULE_LOAD when they export different ones
 */
export function findApp(modules: readonly LoadedModule[]): Taskalope {
  const found = new Map<Taskalope, LoadedModule>()
  for (const module of modules) for (const app of appsOf(module)) found.set(app, module)
  const [first, second] = found.entries()
  if (!first) return defaultApp()
  if (!second) return first[0]
  throw new DeclarationError(
    'ERR_MODULE_LOAD',
    `"${first[1].file.shown}" and "${second[1].file.shown}" export different Taskalope apps, and a process works for one. Name the modules of one app only.`,
  )
}

/**
 * Refuses to go on with an app that knows no task: a worker would park every message it gets.
 * @throws DeclarationError ERR_MODULE_LOAD
 */
export function requireTasks(app: Taskalope, modules: readonly LoadedModule[]): void {
  if (app.registry.names().length > 0) return
  const exporter = modules.find((module) => appsOf(module).includes(app))
  throw new DeclarationError(
    'ERR_MODULE_LOAD',
    exporter
      ? `The Taskalope app that "${exporter.file.shown}" exports knows no task. Name the modules that declare its tasks too.`
      : `${theseDeclare(modules)} no Taskalope app. ${foundIn(modules)}`,
  )
}

function appsOf({ exports }: LoadedModule): Taskalope[] {
  const { app, default: main } = exports
  // Of a CommonJS module everything it exports is in its default export, and only some of it under its own name.
  const inside: unknown = typeof main === 'object' && main !== null && 'app' in main ? main.app : undefined
  return [...new Set([app, main, inside])].filter(isTaskalope)
}

function theseDeclare(modules: readonly LoadedModule[]): string {
  const names = modules.map(({ file }) => `"${file.shown}"`)
  if (names.length <= 1) return `${names.join('')} declares no task and exports`
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return `${names.slice(0, 5).join(', ')}${more} declare no task and export`
}

function foundIn(modules: readonly LoadedModule[]): string {
  const names = [...new Set(modules.flatMap(({ exports }) => Object.keys(exports)))]
  if (names.length === 0) return 'Nothing is exported.'
  const shown = names.slice(0, 10).map((name) => `\`${quoted(name).slice(1, -1)}\``)
  return `Found: ${shown.join(', ')}${names.length > 10 ? ` and ${names.length - 10} more` : ''}.`
}
