/**
 * Doors and who may open them. Each area keeps its routes in views/<area>/routes.ts; this file gathers them and guards:
 * nobody signed in → /login (and back afterwards); a password due → /login; a post that may not → /no-permission.
 * On the way in it brings the area's words and sets theme and scale.
 */
import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteRecordRaw } from 'vue-router'
import { loadAreas, type Area } from '@/i18n'
import type { Post } from '@/protocol/types.gen'
import { HOME } from '@/shell/homes'
import { useLine } from '@/world/line'
import { useSession } from '@/world/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** no frame around it (login) */
    bare?: boolean
    /** may be opened without signing in */
    open?: boolean
    /** who may open it; everybody when absent */
    posts?: readonly Post[]
    /** key under shell.nav: puts it into the head */
    nav?: string
    theme?: 'wall' | 'desk'
    scale?: 'station' | 'field' | 'wall'
    /** a window for the wall: no controls */
    wall?: boolean
    /** words to bring */
    areas?: readonly Area[]
  }
}

const gathered = import.meta.glob<{ routes: RouteRecordRaw[] }>('./views/*/routes.ts', { eager: true })

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'home', redirect: () => home() },
    { path: '/login', name: 'login', component: () => import('@/shell/LoginPage.vue'), meta: { bare: true, open: true, theme: 'wall' } },
    { path: '/no-permission', name: 'no-permission', component: () => import('@/shell/NoPermissionPage.vue') },
    ...Object.values(gathered).flatMap((module) => module.routes),
    { path: '/:rest(.*)*', name: 'not-found', component: () => import('@/shell/NotFoundPage.vue') },
  ],
})

function home(): string {
  const me = useSession().me
  return me ? HOME[me.post] : '/login'
}

/** While the server is asked who this is, the page's own files are already on their way: a bad line is paid for once. */
function fetchAhead(to: RouteLocationNormalized): void {
  const files = to.matched.map((record) => record.components?.default as unknown)
  if (!to.meta.bare) files.push(() => import('@/shell/AppFrame.vue'))
  // What is on its way to be shown comes before the wire (world/toldAhead).
  if (!to.meta.bare && !globalThis.firstView) files.push(() => import('@/world/live'))
  for (const file of files) if (typeof file === 'function') void Promise.resolve(file()).catch(() => undefined)
}

router.beforeEach(async (to) => {
  const session = useSession()
  fetchAhead(to)
  const [me] = await Promise.all([session.whoami(), loadAreas(to.meta.areas ?? [])])
  // a drill's token has been taken by now (world/session): it must not stay in the address or the history
  if (to.hash.startsWith('#token=')) return { path: to.path, query: to.query, hash: '', replace: true }
  if (to.path === '/login' && me && !session.me?.password_due) return HOME[me.post]
  if (to.meta.open) return true
  if (!me) return { name: 'login', query: to.path === '/' || to.redirectedFrom ? {} : { to: to.fullPath } }
  if (session.me?.password_due) return { name: 'login' }
  if (to.meta.posts && !to.meta.posts.includes(me.post)) return { name: 'no-permission' }
  await useLine().foresee()
  return true
})

router.afterEach((to) => {
  const root = document.documentElement
  root.dataset.theme = to.meta.theme ?? 'desk'
  if (to.meta.scale) root.dataset.scale = to.meta.scale
  else delete root.dataset.scale
})
