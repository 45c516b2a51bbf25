/** The draft as a screen uses it: loaded once, saved as it changes, photos at once. */
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { freshId } from '@/wire/identity'
import { clearDraft, dropPhoto, EMPTY_FORM, loadDraft, saveForm, savePhoto, type Form, type Photo } from './draft'

const SAVE_MS = 300

export interface Draft {
  readonly form: Ref<Form>
  readonly photos: ShallowRef<readonly Photo[]>
  /** the disk said no: what is on the screen is all there is */
  readonly unsafe: ShallowRef<boolean>
  readonly loaded: Promise<void>
  addPhoto(photo: Omit<Photo, 'key'>): Promise<void>
  removePhoto(key: string): Promise<void>
  clear(): Promise<void>
}

export function useDraft(owner: string): Draft {
  const form = ref<Form>(EMPTY_FORM)
  const photos = shallowRef<readonly Photo[]>([])
  const unsafe = shallowRef(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  const kept = (work: Promise<void>): Promise<void> => work.catch(() => void (unsafe.value = true))
  const loaded = kept(
    loadDraft(owner).then((draft) => {
      if (form.value === EMPTY_FORM || form.value.task !== null) form.value = { ...draft.form, task: form.value.task ?? draft.form.task }
      photos.value = [...draft.photos, ...photos.value]
    }),
  )

  const save = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    return kept(saveForm(owner, { ...form.value, counts: { ...form.value.counts } }))
  }
  watch(form, () => (timer ??= setTimeout(save, SAVE_MS)), { deep: true })
  onScopeDispose(() => timer !== undefined && void save())

  return {
    form,
    photos,
    unsafe,
    loaded,
    async addPhoto(photo) {
      const row = { ...photo, key: `${Date.now()}-${freshId().slice(0, 8)}` }
      photos.value = [...photos.value, row]
      await kept(savePhoto(owner, row))
    },
    async removePhoto(key) {
      photos.value = photos.value.filter((photo) => photo.key !== key)
      await kept(dropPhoto(owner, key))
    },
    async clear() {
      form.value = { ...EMPTY_FORM }
      photos.value = []
      await kept(clearDraft(owner))
      clearTimeout(timer)
      timer = undefined
    },
  }
}
