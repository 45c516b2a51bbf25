/**
 * The report being written, on the disk from the first photo: opening the camera may kill the page, and an hour in the rain
 * is not typed twice. One draft per account. Where the device refuses storage the draft lives on the screen only.
 */
import { SITUATION_KIND, type SituationKind } from '@/protocol/types.gen'
import type { DraftRow, Keep } from '@/wire/keep'

export interface Photo {
  readonly key: string
  readonly name: string
  readonly type: string
  readonly bytes: ArrayBuffer
}

export interface Form {
  /** the order it answers; null: something new */
  readonly task: string | null
  readonly kind: SituationKind | null
  readonly text: string
  /** only what was touched */
  readonly counts: Readonly<Record<string, number>>
}

export const EMPTY_FORM: Form = { task: null, kind: null, text: '', counts: {} }

const keep = (): Promise<Keep> => import('@/world/live').then((live) => live.keep())
const range = (owner: string): IDBKeyRange => IDBKeyRange.bound(`${owner}/`, `${owner}/\uffff`)

export async function loadDraft(owner: string): Promise<{ form: Form; photos: Photo[] }> {
  const db = await keep()
  const [rows, keys] = await Promise.all([db.getAll('drafts', range(owner)), db.getAllKeys('drafts', range(owner))])
  const photos: Photo[] = []
  let form = EMPTY_FORM
  rows.forEach((row, index) => {
    if (row.photo) photos.push({ key: keys[index]?.slice(`${owner}/photo/`.length) ?? '', ...row.photo })
    else form = readForm(row)
  })
  return { form, photos }
}

/** What an older version of the app may have left is read with care. */
export function readForm({ form = {} }: DraftRow): Form {
  const { task, kind, text, counts } = form
  const known = SITUATION_KIND.find((one) => one === kind)
  const numbers = typeof counts === 'object' && counts !== null ? Object.entries(counts).filter(([, n]) => Number.isInteger(n)) : []
  return {
    task: typeof task === 'string' ? task : null,
    kind: known ?? null,
    text: typeof text === 'string' ? text : '',
    counts: Object.fromEntries(numbers) as Record<string, number>,
  }
}

export async function saveForm(owner: string, form: Form): Promise<void> {
  await (await keep()).put('drafts', { form: { ...form, counts: { ...form.counts } } }, `${owner}/form`)
}

export async function savePhoto(owner: string, { key, name, type, bytes }: Photo): Promise<void> {
  await (await keep()).put('drafts', { photo: { name, type, bytes } }, `${owner}/photo/${key}`)
}

export async function dropPhoto(owner: string, key: string): Promise<void> {
  await (await keep()).delete('drafts', `${owner}/photo/${key}`)
}

export async function clearDraft(owner: string): Promise<void> {
  await (await keep()).delete('drafts', range(owner))
}
