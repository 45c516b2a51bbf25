/** Doors of the board. Dark where the command centre is at home, light for desks. The wall is a second window without controls. */
import type { RouteLocationNormalized, RouteRecordRaw } from 'vue-router'
import type { Post } from '@/protocol/types.gen'
import { useSession } from '@/world/session'

/** Who is shown the whole board; villages and teams see what concerns them, on pages of their own. */
const BOARD_POSTS: readonly Post[] = ['duty_commander', 'department_desk', 'town_desk', 'observer', 'administrator']
const DARK: readonly string[] = ['duty_commander', 'observer']

function dress(to: RouteLocationNormalized): void {
  const theme = DARK.includes(useSession().me?.post ?? '') ? 'wall' : 'desk'
  // on the door too: a change of the address alone does not enter it again
  for (const { meta } of [to, ...to.matched]) meta.theme = theme
}

const AREAS = ['board', 'dispatch'] as const

export const routes: RouteRecordRaw[] = [
  { path: '/board', component: () => import('./BoardView.vue'), beforeEnter: dress, meta: { posts: BOARD_POSTS, nav: 'board', areas: AREAS } },
  { path: '/board/totals', component: () => import('./totals/TotalsPage.vue'), beforeEnter: dress, meta: { posts: BOARD_POSTS, areas: [...AREAS, 'past'] } },
  // also of workstations, for what they were asked to send
  { path: '/board/history', component: () => import('./history/HistoryPage.vue'), beforeEnter: dress, meta: { posts: [...BOARD_POSTS, 'village_desk'], areas: [...AREAS, 'past'] } },
  { path: '/board/wall', component: () => import('./wall/BoardWall.vue'), meta: { posts: BOARD_POSTS, theme: 'wall', scale: 'wall', wall: true, areas: AREAS } },
]
