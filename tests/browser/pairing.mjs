/** A phone joins a team: the station shows the code, the phone opens the link, gives its name, and has the team's orders. */
import assert from 'node:assert/strict'
import { issue, TEAM, TOWN } from './orders.mjs'
import { online, PHONE, play, sees } from './stage.mjs'
import { station } from './wire.mjs'

const TITLE = '沙袋送到三号闸'

await play(async (stage) => {
  const wire = await station('commander')
  await wire.act(issue(TITLE, [TEAM]))

  const town = await stage.enter(TOWN)
  await town.getByRole('button', { name: '队伍与扫码' }).click()
  await town.getByRole('button', { name: '显示二维码' }).first().click()
  await sees(town.getByRole('img', { name: /^用手机扫码加入/ }))
  const link = (await town.getByText(/\/join#/).innerText()).trim()

  const phone = await stage.device('phone', PHONE)
  await phone.goto(link)
  await sees(phone.getByRole('heading', { name: '加入处置队伍' }))
  await phone.getByRole('button', { name: '加入', exact: true }).click()
  await sees(phone.getByText('请填写姓名'))
  await phone.getByLabel('姓名').fill('马海涛')
  await phone.getByLabel('手机号').fill('13800001234')
  await phone.getByRole('button', { name: '加入', exact: true }).click()
  await online(phone)
  await sees(phone.getByRole('article', { name: TITLE }))
  await sees(town.getByText('马海涛 已加入'))

  // The phone's own name is on the receipt.
  await phone.getByRole('slider', { name: `滑动签收：${TITLE}` }).press('End')
  await sees(phone.getByRole('article', { name: TITLE }).getByText(/我已签收/))
  const again = await station('commander2')
  const receipts = Object.values(Object.values(again.view.deliveries)[0][TEAM].acknowledged)
  assert.deepEqual(receipts.map(({ name }) => name), ['马海涛'])
  again.close()
  wire.close()

  // The code was for one phone.
  const other = await stage.device('other', PHONE)
  await other.goto(link)
  await other.getByLabel('姓名').fill('别人')
  await other.getByLabel('手机号').fill('13800005678')
  await other.getByRole('button', { name: '加入', exact: true }).click()
  await sees(other.getByRole('heading', { name: '二维码已失效' }))
})
