/**
 * Words. Chinese first; English is loaded when it is chosen. Messages are split by area, and an area is loaded with the
 * route that needs it (route meta `areas`). Keys: <area>.<thing>. Codes of refusals: errors.<code>.
 */
import { createI18n } from 'vue-i18n'
import { compileMessage } from './messageCompiler'
import zhErrors from './zh-CN/errors.json'
import zhShell from './zh-CN/shell.json'

export type Locale = 'zh-CN' | 'en'
export type Area = 'shell' | 'errors' | 'command' | 'desk' | 'station' | 'field' | 'admin' | 'plan' | 'drill' | 'consultation' | 'media' | 'board' | 'dispatch' | 'past' | 'supply' | 'stock' | 'inbox' | 'rings' | 'join'
export const LOCALES: readonly Locale[] = ['zh-CN', 'en']

const KEY = 'pingji.locale'
const chinese = import.meta.glob<{ default: Record<string, unknown> }>(['./zh-CN/*.json', '!./zh-CN/{shell,errors}.json'])

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  missingWarn: import.meta.env.DEV,
  fallbackWarn: false,
  messageCompiler: compileMessage,
  messages: { 'zh-CN': { shell: zhShell, errors: zhErrors }, en: {} },
})

const present = new Set<string>(['zh-CN/shell', 'zh-CN/errors'])
const wanted = new Set<Area>(['shell', 'errors'])

async function bring(locale: Locale, area: Area): Promise<void> {
  const name = `${locale}/${area}`
  if (present.has(name)) return
  const loaders = locale === 'en' ? (await import('./en')).english : chinese
  const load = loaders[`./${name}.json`]
  if (!load) throw new Error(`no messages ${name}`)
  const { default: messages } = await load()
  i18n.global.mergeLocaleMessage(locale, { [area]: messages })
  present.add(name)
}

/** Brings the words of these areas in the present language. */
export async function loadAreas(areas: readonly Area[]): Promise<void> {
  for (const area of areas) wanted.add(area)
  const locale = i18n.global.locale.value as Locale
  await Promise.all(areas.map((area) => bring(locale, area)))
}

export async function setLocale(locale: Locale): Promise<void> {
  await Promise.all([...wanted].map((area) => bring(locale, area)))
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
  localStorage.setItem(KEY, locale)
}

/** What was chosen on this device; Chinese otherwise, whatever the browser says. */
export async function restoreLocale(): Promise<void> {
  if (localStorage.getItem(KEY) === 'en') await setLocale('en').catch(() => undefined)
}
