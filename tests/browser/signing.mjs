/** Signing in: what is wrong is said, the language is chosen at the door, a dead session leads back there with the reason. */
import assert from 'node:assert/strict'
import { BASE, line, online, play, sees, signIn, until } from './stage.mjs'
import { ask, station } from './wire.mjs'

const VILLAGE = '310116001002'

await play(async (stage) => {
  // A wrong password is said; with the right one the page opens that was asked for.
  const village = await stage.device('village')
  await village.goto('/station')
  await signIn(village, VILLAGE, 'not-the-password')
  await sees(village.getByRole('alert'))
  await signIn(village, VILLAGE)
  await online(village)
  await at(village, '/station')

  // A page of another post says so, and does not show it.
  await village.goto('/command')
  await sees(village.getByText('当前岗位无权查看'))
  await village.getByRole('button', { name: '回到首页' }).click()
  await online(village)
  await at(village, '/station')

  // English is chosen at the door and stays over a reload.
  const town = await stage.device('town')
  await town.goto('/login')
  await town.getByRole('button', { name: 'English' }).click()
  await signIn(town, '310116001')
  await sees(line(town).filter({ hasText: 'Online' }))
  await town.reload()
  await sees(line(town).filter({ hasText: 'Online' }))

  // The administrator ends the village's sessions: its page goes to the door and says why; afterwards on, where it was.
  const admin = await station('admin')
  await admin.act({ type: 'RevokeSessions', account: VILLAGE })
  await sees(village.getByRole('alert').filter({ hasText: '登录已失效，请重新登录' }))
  await at(village, '/login')
  await signIn(village, VILLAGE)
  await online(village)
  await at(village, '/station')

  // A password that was handed out is good for one thing: choosing one's own.
  await ask(admin.token, 'POST', '/api/accounts/password', { id: 'give-1', account: VILLAGE, password: 'handed-out-slip' })
  await sees(village.getByRole('alert'))
  await signIn(village, VILLAGE, 'handed-out-slip')
  await sees(village.getByRole('heading', { name: '首次登录，请设置新密码' }))
  await village.getByLabel('新密码', { exact: false }).first().fill('short')
  await village.getByLabel('再次输入新密码').fill('short')
  await village.getByRole('button', { name: '保存新密码' }).click()
  await sees(village.getByRole('alert').filter({ hasText: '至少 10 个字符' }))
  await village.getByLabel('新密码', { exact: false }).first().fill('九月的风从海上来十分凉')
  await village.getByLabel('再次输入新密码').fill('九月的风从海上来十分凉')
  await village.getByRole('button', { name: '保存新密码' }).click()
  await online(village)
  await at(village, '/station')
  const again = await stage.device('village-again')
  await again.goto('/login')
  await signIn(again, VILLAGE, '九月的风从海上来十分凉')
  await online(again)
  admin.close()

  // Signing out ends it here; the back button shows nothing of it.
  await again.getByRole('button', { name: '用户菜单' }).click()
  await again.getByRole('menuitem', { name: '退出登录' }).click()
  await sees(again.getByRole('button', { name: '登录' }))
  assert.equal((await again.request.get(`${BASE}/api/me`)).status(), 401)
})

function at(page, path) {
  return until(() => new URL(page.url()).pathname === path, `the page is at ${path}`)
}
