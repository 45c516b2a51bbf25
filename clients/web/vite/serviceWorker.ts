/**
 * Gives src/sw/worker.js the list of files to keep and emits it as /sw.js.
 *
 * The list holds what the four audiences need to start without a network. Rooms that only work online
 * (administration, plans, drills, the component gallery) and the other language stay out: they are fetched when
 * they are opened, and the list keeps within its budget.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

const ONLINE_ONLY = /(Gallery|Admin|Drill|Plan|\/en-|sw\.js|manifest\.json|\.map$)/

export function serviceWorker(): Plugin {
  return {
    name: 'pingji-service-worker',
    apply: 'build',
    generateBundle(_options, bundle) {
      const files = Object.keys(bundle).filter((name) => !ONLINE_ONLY.test(name) && name !== 'index.html')
      const list = ['/', '/manifest.webmanifest', '/icons/icon.svg', ...files.sort().map((name) => `/${name}`)]
      const version = createHash('sha256').update(list.join()).digest('hex').slice(0, 12)
      const source = readFileSync(new URL('../src/sw/worker.js', import.meta.url), 'utf8')
        .replace('__VERSION__', version)
        .replace("['__PRECACHE__']", JSON.stringify(list))
      this.emitFile({ type: 'asset', fileName: 'sw.js', source })
    },
  }
}
