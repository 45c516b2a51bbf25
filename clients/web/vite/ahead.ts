/**
 * The files of the first screen are known from the address, but without help the browser learns of them only after Vue
 * has arrived and run. This emits a script of a few lines, named in the head, that asks for them at once, and asks who this
 * is (`globalThis.whoIsThis`, taken once by world/session): on a phone at 1.6 Mbit/s that is half a second. A phone that has
 * kept nothing also asks for what it is to show (`globalThis.firstView`, taken by world/toldAhead). The wire is
 * left out: it is needed once the page stands, and must not share the line before. The script also sets the theme, so that the shell of index.html, which is painted
 * before Vue has arrived, does not change its colours. The content policy allows no inline script, hence a file; not async,
 * because Chromium lets async scripts wait for the parser.
 */
import type { Plugin, Rollup } from 'vite'

const FRAME = 'shell/AppFrame.vue'

/** first part of the address → the view and the areas of its words */
const SCREENS: Readonly<Record<string, { view: string; areas: readonly string[] }>> = {
  login: { view: 'shell/LoginPage.vue', areas: [] },
  field: { view: 'views/field/FieldView.vue', areas: ['field'] },
  station: { view: 'views/station/StationView.vue', areas: ['station', 'desk'] },
  desk: { view: 'views/desk/DeskView.vue', areas: ['desk'] },
  command: { view: 'views/command/CommandView.vue', areas: ['command', 'drill'] },
}

export function ahead(): Plugin {
  return {
    name: 'pingji-ahead',
    apply: 'build',
    // After index.html has been written into the bundle.
    enforce: 'post',
    generateBundle(_options, bundle) {
      const entry = Object.values(bundle).find((file) => file.type === 'chunk' && file.isEntry)
      const page = bundle['index.html']
      if (!entry || page?.type !== 'asset') return
      const known = reach(bundle, entry.fileName, new Set())
      const table = Object.fromEntries(Object.entries(SCREENS).map(([name, screen]) => [name, filesOf(bundle, name === 'login', screen, known)]))
      const source = script(JSON.stringify(table))
      const reference = this.emitFile({ type: 'asset', name: 'ahead.js', source })
      const html = String(page.source)
      const at = html.indexOf('<script')
      if (at < 0) this.error('index.html has no script')
      page.source = `${html.slice(0, at)}<script src="/${this.getFileName(reference)}"></script>\n    ${html.slice(at)}`
    },
  }
}

function filesOf(bundle: Rollup.OutputBundle, bare: boolean, screen: { view: string; areas: readonly string[] }, known: ReadonlySet<string>): string[] {
  const files = new Set(known)
  const words = screen.areas.map((area) => `i18n/zh-CN/${area}.json`)
  for (const wanted of [screen.view, ...words, ...(bare ? [] : [FRAME])]) reach(bundle, chunkOf(bundle, wanted), files)
  return [...files].filter((name) => !known.has(name))
}

function chunkOf(bundle: Rollup.OutputBundle, source: string): string {
  const chunk = Object.values(bundle).find((file) => file.type === 'chunk' && file.facadeModuleId?.endsWith(`/src/${source}`))
  if (!chunk) throw new Error(`no chunk of ${source}`)
  return chunk.fileName
}

/** A chunk with all its static imports and their styles. */
function reach(bundle: Rollup.OutputBundle, name: string, files: Set<string>): Set<string> {
  const chunk = bundle[name]
  if (chunk?.type !== 'chunk' || files.has(name)) return files
  files.add(name)
  for (const css of chunk.viteMetadata?.importedCss ?? []) files.add(css)
  for (const next of chunk.imports) reach(bundle, next, files)
  return files
}

const script = (table: string): string => `const room = location.pathname.split('/')[1]
const night = localStorage.getItem('pingji.field.theme') ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'wall' : 'desk')
document.documentElement.dataset.theme = room === 'field' ? night : ['command', 'wall', 'login'].includes(room) ? 'wall' : 'desk'
if (!location.hash && !sessionStorage.getItem('pingji.token')) {
  globalThis.whoIsThis = fetch('/api/me', { headers: { Accept: 'application/json' } })
  globalThis.whoIsThis.catch(() => undefined)
  if (room === 'field' && !localStorage.getItem('pingji.identity')) {
    globalThis.firstView = fetch('/api/view', { signal: AbortSignal.timeout(4_000) }).then((answer) => (answer.ok ? answer.json() : null))
    globalThis.firstView.catch(() => undefined)
  }
}
for (const name of (${table})[room] ?? []) {
  const link = document.createElement('link')
  const style = name.endsWith('.css')
  link.rel = style ? 'preload' : 'modulepreload'
  if (style) link.as = 'style'
  link.crossOrigin = ''
  link.href = '/' + name
  document.head.append(link)
}
`
