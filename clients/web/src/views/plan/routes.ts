/** Doors of this area: the plans, one plan, and the groups that plans address (shared with administration). */
import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/plans',
    component: () => import('./PlanView.vue'),
    meta: { posts: ['duty_commander', 'administrator'], nav: 'plans', areas: ['plan', 'admin'] },
    children: [
      { path: '', name: 'plans', component: () => import('./PlanList.vue') },
      { path: 'groups', name: 'plan-groups', component: () => import('@/views/admin/groups/GroupsPage.vue') },
      { path: ':id', name: 'plan', component: () => import('./editor/PlanEditor.vue'), props: true },
    ],
  },
]
