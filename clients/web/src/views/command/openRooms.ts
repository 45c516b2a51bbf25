/** The consultations that are open, with their ways in: fetched only when there are any. */
import { defineAsyncComponent } from 'vue'
import { loadAreas } from '@/i18n'

export const OpenRooms = defineAsyncComponent(async () => (await Promise.all([import('@/views/consultation/OpenRooms.vue'), loadAreas(['consultation', 'media'])]))[0])
