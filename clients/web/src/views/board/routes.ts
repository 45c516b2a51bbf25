/** Doors of the board. Dark where the command centre is at home, light for desks. The wall is a second window without controls. */
import type { RouteLocationNormalized, RouteRecordRaw } from 'vue-router'
import type { Post } from '@/protocol/types.gen'
import { useSession } from '@/world/session'

/** Who is shown the whole board; villages and teams see what concerns them, on pages of their own. */
const BOARD_POSTS: readonly Post[] = ['duty_commander', 'department_desk', 'town_desk', 'observer', 'administrator']
const DARK: readonly string[] = ['duty_commander', 'observer']

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
