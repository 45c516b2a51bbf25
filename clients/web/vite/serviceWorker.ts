/**
 * Gives src/sw/worker.js the list of files to keep and emits it as /sw.js.
 *
 * The list holds what must start without a network: sign-in, the field phone with its map, the workstation and the
 * desk, in Chinese. It is walked from the entry along all imports, so a piece shared with a room that only works online
 * (command centre, dispatch board, administration, plans, drills, the gallery) is kept exactly when one of the four needs it. What is
 * left out, and the other language, the worker keeps when it is first opened: also pieces of the four that do nothing without
 * the server (joining a team, choosing a password, showing a code to join by).
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Plugin, Rollup } from 'vite'

const KEPT_WHEN_OPENED = /\/src\/(shell\/(PasswordForm|HelpOverlay)|views\/(field\/join|station\/TeamsPane)|views\/(command|admin|plan|drill|consultation|gallery|stock|desk\/dispatch)\/|views\/board\/(?!parts)|i18n\/(en[/.]|zh-CN\/(command|admin|plan|drill|consultation|dispatch|past|stock|inbox|media|join)\.json))/

export function serviceWorker(): Plugin {
  return {
    name: 'pingji-service-worker',
    apply: 'build',
    // After the bundler's own plugins: they tell which chunk brings which styles.
    enforce: 'post',
    generateBundle(_options, bundle) {
      const list = ['/', '/manifest.webmanifest', '/icons/icon.svg', ...[...kept(bundle)].sort().map((name) => `/${name}`)]
      const version = createHash('sha256').update(list.join()).digest('hex').slice(0, 12)
      const source = readFileSync(new URL('../src/sw/worker.js', import.meta.url), 'utf8')
        .replace('__VERSION__', version)
        .replace("['__PRECACHE__']", JSON.stringify(list))
      this.emitFile({ type: 'asset', fileName: 'sw.js', source })
    },
  }
}

/** The entry and everything it leads to, static and lazy, with styles and pictures. */
function kept(bundle: Rollup.OutputBundle): Set<string> {
  const files = new Set(Object.keys(bundle).filter((name) => /^assets\/ahead-/.test(name)))
  const entries = Object.values(bundle).filter((file) => file.type === 'chunk' && file.isEntry)
  const ahead = entries.map((file) => file.fileName)
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    const chunk = bundle[name]
    if (chunk?.type !== 'chunk' || files.has(name)) continue
    files.add(name)
    for (const asset of [...(chunk.viteMetadata?.importedCss ?? []), ...(chunk.viteMetadata?.importedAssets ?? [])]) files.add(asset)
    ahead.push(...chunk.imports)
    ahead.push(...chunk.dynamicImports.filter((next) => !KEPT_WHEN_OPENED.test(facade(bundle, next))))
  }
  return files
}

function facade(bundle: Rollup.OutputBundle, name: string): string {
  const chunk = bundle[name]
  return chunk?.type === 'chunk' ? (chunk.facadeModuleId ?? '') : ''
}
