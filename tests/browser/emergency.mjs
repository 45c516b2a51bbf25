/** What several scenarios do with the switch and with orders, as a commander and a station do it on the screen. */
import assert from 'node:assert/strict'
import { gone, sees } from './stage.mjs'

export const INCIDENT = '台风“梅花”'

/** The red bar, found as a screen reader finds it. */
export function bar(page, mode = '急时') {
  return page.getByRole('region', { name: mode, exact: true })
}

/** Opens the dialog of the switch and goes through it with the typhoon plan, up to the dry run. */
export async function rehearse(page, title = INCIDENT) {
  await page.getByRole('button', { name: '启动应急' }).click()
  const dialog = page.getByRole('dialog', { name: '启动应急响应' })
  await dialog.getByText('台风', { exact: true }).click()
  await dialog.getByLabel('事件名称').fill(title)
  await dialog.getByText('橙色预警').click()
  await dialog.getByRole('button', { name: '下一步' }).click()
  await sees(dialog.getByRole('combobox', { name: '预案' }).filter({ hasText: '防汛防台应急预案' }))
  await dialog.getByLabel('原因').fill('市气象台发布台风橙色预警')
  await dialog.getByRole('button', { name: '预演' }).click()
  await sees(dialog.getByText('将通知').or(dialog.getByText('预计通知')))
  return dialog
}

/** Throws the switch for the whole district; how many units the button said it would call. */
export async function declare(page) {
  const dialog = await rehearse(page)
  const confirm = dialog.getByRole('button', { name: /^启动,通知/ })
  assert.ok(await confirm.isDisabled(), 'nothing can be pressed before the word is typed')
  await dialog.getByLabel('请输入「启动」以确认').fill('启动')
  const called = Number((await confirm.innerText()).match(/\d+/)[0])
  await confirm.click()
  await gone(dialog)
  return called
}

/** Brings an order to the hand of a station: it is there already, or in the list beside. */
export async function takeUp(page, title) {
  const heading = page.getByRole('heading', { name: title, level: 2 })
  const listed = page.getByRole('button', { name: title })
  await sees(heading.or(listed))
  if (!(await heading.isVisible())) await listed.first().click()
  await sees(heading)
}

/** A node of the cascade tree, by a part of the unit's name. */
export function branch(page, unit) {
  return page.getByRole('treeitem').filter({ hasText: unit })
}
