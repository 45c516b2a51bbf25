/** Two persons throw the switch; an observer may look and not act. The plan's rooms are open: joined from the incident, led from a phone. */
import assert from 'node:assert/strict'
import { bar, INCIDENT, rehearse } from './emergency.mjs'
import { issue, TOWN } from './orders.mjs'
import { gone, PHONE, play, sees } from './stage.mjs'
import { station } from './wire.mjs'

await play(async (stage) => {
  const admin = await station('admin')
  await admin.act({ type: 'ChangeSettings', two_person: true })
  admin.close()

  const first = await stage.enter('commander', { viewport: { width: 1920, height: 1080 } })
  const second = await stage.enter('commander2', { viewport: { width: 1920, height: 1080 } })
  const observer = await stage.enter('observer', { viewport: { width: 1920, height: 1080 } })
  const town = await stage.enter(TOWN)

  // The first proposes: nothing is thrown yet, and he cannot confirm his own.
  const dialog = await rehearse(first)
  await sees(dialog.getByText(/本区启用双人确认/))
  await dialog.getByLabel('请输入「启动」以确认').fill('启动')
  await dialog.getByRole('button', { name: '提议启动' }).click()
  await gone(dialog)
  await sees(first.getByText('等待另一位指挥长确认').first())
  assert.equal(await first.getByRole('button', { name: '查看并确认' }).count(), 0)
  assert.equal(await bar(town).count(), 0)

  // The second reads what would happen, and says yes.
  await sees(second.getByText('陈国栋 提议启动应急响应'))
  await second.getByRole('button', { name: '查看并确认' }).click()
  const confirm = second.getByRole('dialog', { name: '陈国栋 提议启动应急响应' })
  await sees(confirm.getByText('将通知'))
  assert.ok(await confirm.getByRole('button', { name: '确认启动' }).isDisabled())
  await confirm.getByLabel('请输入「启动」以确认').fill('启动')
  await confirm.getByRole('button', { name: '确认启动' }).click()
  for (const page of [first, second, observer, town]) await sees(bar(page).getByText(INCIDENT))
  await sees(first.getByText(/陈国栋 启动,沈海英 确认/))

  // The observer sees all of it and has nothing to press.
  await sees(observer.getByText('观察员:只读'))
  await sees(observer.getByRole('treeitem').first())
  for (const name of [/新建指令/, /启动应急/, /升降级/, /解除响应/, /续报/]) assert.equal(await observer.getByRole('button', { name }).count(), 0, String(name))
  await observer.keyboard.press('n')
  await observer.keyboard.press('u')
  assert.equal(await observer.getByRole('heading', { name: '新建指令' }).count(), 0)
  assert.equal(await observer.getByRole('dialog').count(), 0)
  await observer.getByRole('treeitem').nth(1).click()
  assert.equal(await observer.getByRole('button', { name: '催办', exact: true }).count(), 0)
  // And the server would not let him either.
  const wire = await station('observer')
  await assert.rejects(wire.act(issue('不该发出', [TOWN])), /not_allowed/)
  wire.close()
  await stage.leave(observer)
  await stage.leave(town)
  await ledFromAPhone(stage, first)
})

async function ledFromAPhone(stage, desk) {
  await desk.locator('.incident').getByRole('link', { name: /^加入会商/ }).first().click()
  await sees(desk.getByRole('toolbar', { name: '会商工具' }))
  const phone = await stage.enter('commander2', { ...PHONE, deviceScaleFactor: 1 })
  await phone.goto(`${new URL(desk.url()).pathname}?join=1`)
  const tools = phone.getByRole('toolbar', { name: '会商工具' })
  await sees(desk.getByText('在场 2'))
  const more = async (row) => {
    await tools.getByRole('button', { name: '更多' }).click()
    await phone.getByRole('complementary').getByRole('button', { name: row }).click()
  }
  // The desk has chosen a layout of its own; what is set for all reaches it too.
  for (const name of ['焦点布局', '网格布局']) await desk.getByRole('button', { name }).click()
  await more('焦点布局')
  await phone.getByRole('complementary').getByRole('button', { name: '布局用于全体' }).click()
  await sees(desk.getByRole('button', { name: '网格布局' }))
  await phone.getByRole('complementary').getByRole('button', { name: '结束会商' }).click()
  const sure = phone.getByRole('alertdialog', { name: '结束会商？' }).or(phone.getByRole('dialog', { name: '结束会商？' }))
  await sees(sure)
  await sure.getByRole('button', { name: '结束会商' }).click()
  for (const page of [phone, desk]) await sees(page.getByRole('heading', { name: '会商已结束' }))
}
