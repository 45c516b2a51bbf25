/** Reasons of a proposal in words; a code of a newer server shows as itself. */
import type { Reason } from './sourcing'
import { i18n } from '@/i18n'
import { clockTime } from '@/i18n/format'

type Say = (key: string, values: Record<string, unknown>) => string

export function saysReason(t: Say, family: 'reason' | 'cause', { code, params = {} }: Reason): string {
  const key = `dispatch.${family}.${code}`
  if (!i18n.global.te(key) && !i18n.global.te(key, 'zh-CN')) return code
  const values = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, typeof value === 'number' && value > 1e12 ? clockTime(value) : value]))
  return t(key, values)
}
