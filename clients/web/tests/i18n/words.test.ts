import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CODE } from '@/protocol/types.gen'

const SRC = join(process.cwd(), 'src')
const zh = words('zh-CN')
const en = words('en')

function words(locale: string): Map<string, string> {
  const found = new Map<string, string>()
  const folder = join(SRC, 'i18n', locale)
  for (const file of readdirSync(folder)) {
    flatten(file.replace('.json', ''), JSON.parse(readFileSync(join(folder, file), 'utf8')), found)
  }
  return found
}

function flatten(path: string, node: unknown, into: Map<string, string>): void {
  if (typeof node === 'string') into.set(path, node)
  else for (const [key, value] of Object.entries(node as object)) flatten(`${path}.${key}`, value, into)
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return /\.(vue|ts)$/.test(entry.name) ? [readFileSync(path, 'utf8')] : []
  })
}

describe('the words', () => {
  it('are the same in both languages', () => {
    expect([...en.keys()].sort()).toEqual([...zh.keys()].sort())
  })

  it('take the same values in both languages', () => {
    const values = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort()
    for (const [key, text] of zh) expect([key, values(en.get(key) ?? '')]).toEqual([key, values(text)])
  })

  it('are never empty', () => {
    for (const [key, text] of [...zh, ...en]) expect(text.trim(), key).not.toBe('')
  })

  it('exist for every refusal of the server', () => {
    for (const code of CODE) expect(zh.has(`errors.${code}`), code).toBe(true)
  })

  it('exist wherever a screen asks for them', () => {
    const asked = sources(SRC).flatMap((text) => [...text.matchAll(/\bt\(\s*'([\w.]+)'/g)].map((match) => match[1]!))
    expect(asked.length).toBeGreaterThan(20)
    expect(asked.filter((key) => !zh.has(key))).toEqual([])
  })
})
