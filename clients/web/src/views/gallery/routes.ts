/** The gallery of components: in development, or with ?gallery in the address. Nothing secret, nothing real. */
import type { RouteRecordRaw } from 'vue-router'

const wanted = import.meta.env.DEV || new URLSearchParams(location.search).has('gallery')

export const routes: RouteRecordRaw[] = wanted
  ? [{ path: '/gallery', name: 'gallery', component: () => import('./GalleryView.vue'), meta: { bare: true, open: true } }]
  : []
