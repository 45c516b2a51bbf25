/**
 * Checks the size budgets (budgets.json) against the build in server/web, or in the folder given, from its manifest. A
 * route counts the page with its script of first files, the entry, the frame and its own chunk with all static imports and
 * their styles, and what `with` names: its words, the map. `beside`: what a part adds to any of them. Exits 1 when a budget is exceeded.
 */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'

const folder = process.argv[2]
const web = folder ? pathToFileURL(`${resolve(folder)}/`) : new URL('../../../server/web/', import.meta.url)
const budgets = JSON.parse(readFileSync(new URL('../budgets.json', import.meta.url), 'utf8'))
if (!existsSync(new URL('manifest.json', web))) {
  console.error('no build there: run `npm run build` first')
  process.exit(1)
}
const manifest = JSON.parse(readFileSync(new URL('manifest.json', web), 'utf8'))
const sizes = new Map()

function gz(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(new URL(file, web)), { level: 9 }).length)
  return sizes.get(file)
}

function gather(key, files) {
  const chunk = manifest[key]
  if (!chunk) throw new Error(`budgets.json names ${key}, which is not in the build`)
  if (files.has(chunk.file)) return files
  files.add(chunk.file)
  for (const css of chunk.css ?? []) files.add(css)
  for (const next of chunk.imports ?? []) gather(next, files)
  return files
}

const kB = (files) => [...files].reduce((sum, file) => sum + gz(file), 0) / 1000
const first = [.../src="\/(assets\/ahead-[^"]+)"/.exec(readFileSync(new URL('index.html', web), 'utf8')) ?? []].slice(1)
let bad = 0

function judge(name, size, limit) {
  const over = size > limit
  bad += Number(over)
  console.log(`${over ? 'OVER' : 'ok  '} ${name.padEnd(12)} ${size.toFixed(1).padStart(7)} kB of ${limit}`)
}

for (const [name, route] of Object.entries(budgets.routes)) {
  const files = new Set(['index.html', ...first])
  const keys = [...(route.frame === false ? ['index.html'] : budgets.always), route.entry, ...(route.with ?? [])]
  for (const key of keys) gather(key, files)
  judge(name, kB(files), route.kB)
}

for (const [name, part] of Object.entries(budgets.beside ?? {})) {
  const there = new Set()
  for (const key of budgets.always) gather(key, there)
  const files = new Set()
  for (const key of [part.entry, ...(part.with ?? [])]) gather(key, files)
  judge(`+ ${name}`, kB([...files].filter((file) => !there.has(file))), part.kB)
}

const worker = readFileSync(new URL('sw.js', web), 'utf8')
const list = JSON.parse(/const PRECACHE = (\[.*?\])\n/.exec(worker)[1])
judge('precache', kB(new Set(list.map((path) => (path === '/' ? 'index.html' : path.slice(1))))), budgets.precache.kB)
process.exit(bad > 0 ? 1 : 0)
