/** Doors of the board. Dark where the command centre is at home, light for desks. The wall is a second window without controls. */
import type { RouteLocationNormalized, RouteRecordRaw } from 'vue-router'
import { BOARD_POSTS } from '@/actions/board/reach'
import { useSession } from '@/world/session'

const DARK = ['duty_commander', 'observer']

function dress(to: RouteLocationNormalized): void {
  to.meta.theme = DARK.includes(useSession().me?.post ?? '') ? 'wall' : 'desk'
}

export const routes: RouteRecordRaw[] = [
  {
    path: '/board',
    name: 'board',
    component: () => import('./BoardView.vue'),
    beforeEnter: dress,
    meta: { posts: BOARD_POSTS, nav: 'board', areas: ['board', 'dispatch'] },
  },
  {
    path: '/board/totals',
    name: 'board-totals',
    component: () => import('./totals/TotalsPage.vue'),
    beforeEnter: dress,
    meta: { posts: BOARD_POSTS, areas: ['board', 'dispatch'] },
  },
  {
    path: '/board/wall',
    name: 'board-wall',
    component: () => import('./wall/BoardWall.vue'),
    meta: { posts: BOARD_POSTS, theme: 'wall', scale: 'wall', wall: true, areas: ['board', 'dispatch'] },
  },
]
