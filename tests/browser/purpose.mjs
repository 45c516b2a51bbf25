/**
 * What the software is for, as one story with four people: the commander throws the switch, orders go down to town, village
 * and team, receipts come back up by name, the team's phone loses its network in the middle, and in the end it is routine again.
 * The switch also opens the plan's rooms: screens ring, the town and the commander see and hear each other.
 */
import assert from 'node:assert/strict'
import { bar, branch, declare, INCIDENT, takeUp } from './emergency.mjs'
import { photo, TEAM, timeline, TOWN, VILLAGE } from './orders.mjs'
import { answer, attend, enter, seesAndHears } from './media.mjs'
import { api, gone, line, online, PATIENCE, PHONE, play, sees, until } from './stage.mjs'
import { station } from './wire.mjs'

const TITLE = '海塘沿线人员全部撤离'
const HEADQUARTERS = '防汛防台指挥部会商'
const FRONT = '海塘和前置点现场连线'
const NO_SIGNAL = '信号不好，请打电话'
const MOVE = '转移危棚简屋、工地和沿海一线人员'

await play(async (stage) => {
  const commander = await attend(stage, 'commander', { viewport: { width: 1920, height: 1080 } })
  const town = await attend(stage, TOWN, { viewport: { width: 1440, height: 900 } })
  const village = await stage.enter(VILLAGE)
  const phone = await stage.enter(TEAM.toLowerCase(), PHONE)
  const people = { commander, town, village, phone }
  await phone.evaluate(() => navigator.serviceWorker.ready.then(() => true))
  const names = Object.fromEntries(await Promise.all(Object.entries(people).map(async ([who, page]) => [who, await api(page, '/api/me')])))

  await step('the switch', () => throwTheSwitch(people))
  const rooms = await step('the rooms', () => meet(people))
  await step('an order to everybody', () => orderEverybody(people))
  await step('the phone without a network', () => phoneOffline(phone))
  await step('the village answers', () => villageAnswers(village))
  await step('the town answers and passes on', () => townAnswers(town, village))
  await step('the phone comes back', () => phoneBack(phone))
  await step('the commander looks', () => commanderLooks(commander, names))
  await step('the commander urges, rings, verifies', () => commanderActs(commander, names))
  await step('another level', () => anotherLevel(people))
  await step('standing down', () => standDown(people))
  await step('routine', () => routineAgain(people))
  await step('the log', () => theLog(commander, rooms))
})

async function step(name, run) {
  const start = Date.now()
  const found = await run()
  console.log(`${((Date.now() - start) / 1000).toFixed(1).padStart(5)} s  ${name}`)
  return found
}

async function throwTheSwitch(people) {
  for (const page of Object.values(people)) assert.equal(await bar(page).count(), 0)
  const called = await declare(people.commander)
  assert.equal(called, 8 + 11 + 226, 'departments, towns and villages are called by the plan')
  for (const page of Object.values(people)) {
    await sees(bar(page).getByText(INCIDENT))
    await sees(bar(page).getByText('Ⅲ级'))
    await sees(bar(page).getByRole('timer'))
  }
  await sees(people.commander.getByText('防汛防台应急预案'))
}

/** The plan's rooms are open and ring; the team says why it cannot come, two come in and leave again. How many rooms there are. */
async function meet({ commander, town, village, phone }) {
  const rooms = await openRooms()
  assert.deepEqual(rooms.map(({ name }) => name).sort(), [HEADQUARTERS, FRONT, '排水与抢险部门会商'].sort())
  const calls = town.getByRole('alertdialog', { name: '会商呼叫' })
  await sees(calls.getByText(HEADQUARTERS))
  assert.equal(await village.getByRole('alertdialog').filter({ hasText: HEADQUARTERS }).count(), 0, 'villages are not invited to it')
  const call = phone.getByRole('alertdialog', { name: '会商呼叫' })
  await sees(call.getByText(FRONT))
  await call.getByRole('button', { name: '暂不参加' }).click()
  await call.getByRole('button', { name: NO_SIGNAL }).click()
  await gone(call)
  await until(async () => (await openRooms()).find(({ name }) => name === FRONT).invited[TEAM].reason === NO_SIGNAL, 'why the team does not come')
  await answer(town)
  await enter(commander, rooms.find(({ name }) => name === HEADQUARTERS).id)
  await seesAndHears(town, 1, { who: 'town' })
  await seesAndHears(commander, 1, { who: 'commander' })
  for (const page of [town, commander]) {
    await page.getByRole('toolbar', { name: '会商工具' }).getByRole('button', { name: '离开' }).click()
    await gone(page.getByRole('toolbar', { name: '会商工具' }))
  }
  return rooms.length
}

async function openRooms() {
  const wire = await station('commander')
  wire.close()
  return Object.values(wire.view.consultations)
}

async function orderEverybody({ commander, town, village, phone }) {
  await commander.getByRole('button', { name: '新建指令' }).click()
  for (const whom of ['全部街镇', '全部村居', '全部队伍']) await commander.getByRole('button', { name: whom }).click()
  await commander.getByLabel('标题').fill(TITLE)
  await commander.getByLabel('内容').fill('海塘外和沿海一线作业人员立即上岸,逐人清点,报转移人数。')
  await commander.getByRole('group', { name: '紧急程度' }).getByText('特急').click()
  await commander.getByRole('button', { name: '添加一项' }).click()
  await commander.getByLabel('名称,如 转移人数').fill('转移人数')
  await commander.getByLabel('单位', { exact: true }).fill('人')
  await commander.getByRole('button', { name: '预览接收单位' }).click()
  await commander.getByRole('button', { name: '下达至 278 个单位' }).click()
  await sees(commander.getByRole('heading', { name: TITLE }))
  for (const page of [town, village, phone]) await sees(page.getByText(TITLE))
}

async function phoneOffline(phone) {
  await phone.context().setOffline(true)
  await sees(line(phone).filter({ hasText: '离线' }))
  const card = phone.getByRole('article', { name: TITLE })
  await card.getByRole('button', { name: `签收: ${TITLE}` }).click()
  await sees(card.getByText(/签收 待发送/))
  await card.getByRole('button', { name: '受理' }).click()
  await card.getByRole('button', { name: '反馈' }).click()
  await phone.getByLabel('拍照').setInputFiles(await photo(phone, '海塘 3 号闸'))
  await sees(phone.getByRole('img', { name: '照片 1' }))
  const count = phone.getByRole('spinbutton', { name: '转移人数' })
  await count.fill('37')
  await count.blur()
  await phone.getByLabel('说明（选填）').fill('最后一批渔民已上车')
  await phone.getByRole('button', { name: '发送', exact: true }).click()
  const queue = phone.getByRole('region', { name: '发送队列' })
  await sees(queue.getByText('待发送 3'))
  // The battery, a thumb: the page is loaded again without a network, and nothing is lost.
  await phone.reload()
  await sees(line(phone).filter({ hasText: '离线' }))
  await sees(bar(phone).getByText(INCIDENT))
  await sees(queue.getByText('待发送 3'))
  await sees(queue.getByText(`签收 ${TITLE}`))
}

async function villageAnswers(village) {
  await takeUp(village, TITLE)
  await village.keyboard.press('F2')
  await sees(village.getByRole('button', { name: /^已签收/ }))
}

async function townAnswers(town, village) {
  await takeUp(town, MOVE)
  await town.getByRole('button', { name: /^签收/ }).click()
  await sees(town.getByRole('button', { name: /^已签收/ }))
  await town.getByRole('button', { name: /^转发/ }).click()
  await town.getByRole('button', { name: '全选', exact: true }).click()
  await town.getByRole('button', { name: /^发送给 \d+ 个单位/ }).click()
  await sees(town.getByRole('region', { name: '下级签收情况' }))
  await takeUp(village, MOVE)
  await village.keyboard.press('F2')
  await sees(town.getByText(/已签收 1\//))

  await takeUp(town, TITLE)
  await town.keyboard.press('F2')
  await sees(town.getByRole('button', { name: /^已签收/ }))
  await town.keyboard.press('F4')
  const count = town.getByRole('spinbutton', { name: '转移人数' })
  await count.fill('214')
  await count.blur()
  await town.getByLabel('情况说明').fill('全部安置到镇中学')
  await town.getByRole('button', { name: '上报', exact: true }).click()
  await sees(town.getByText('本单位反馈 1 次'))
  await town.getByRole('button', { name: '办结' }).click()
  await town.getByRole('dialog').getByRole('button', { name: '办结' }).click()
  await gone(town.getByRole('dialog'))
}

async function phoneBack(phone) {
  await phone.context().setOffline(false)
  await online(phone, 30_000)
  const queue = phone.getByRole('region', { name: '发送队列' })
  await gone(queue.getByText(/待发送 \d/))
  await until(async () => (await queue.getByText(/照片上传中/).count()) === 0, 'the photo has followed')
}

async function commanderLooks(commander, names) {
  await commander.getByRole('button', { name: TITLE }).first().click()
  const cascade = commander.getByRole('complementary', { name: '指令级联' })
  await sees(cascade.getByRole('heading', { name: TITLE }))
  // Three of 278 have signed, the others are named with their telephone numbers.
  await sees(cascade.getByRole('button', { name: '未签收 275' }).first())
  await commander.getByLabel('查找单位').fill('石化街道')
  await sees(branch(commander, '石化街道').getByText('转移人数 251人'))
  await commander.getByLabel('查找单位').fill('石化三村')
  await sees(branch(commander, '石化三村').getByText(`${names.village.name} 签收`))
  await commander.getByLabel('查找单位').fill(names.phone.unit_name)
  await commander.getByRole('treeitem').last().click()
  const detail = commander.getByRole('complementary', { name: names.phone.unit_name })
  await sees(detail.getByText('最后一批渔民已上车'))
  await sees(detail.getByRole('img').or(detail.getByRole('button', { name: /^查看/ })))
  await sees(detail.getByText('37').first())
  await commander.getByLabel('查找单位').fill('')
}

async function commanderActs(commander, names) {
  await commander.getByRole('button', { name: '未签收 275' }).first().click()
  const list = commander.getByRole('dialog', { name: '未签收名单(275)' })
  await sees(list.getByRole('row').nth(200))
  await list.getByRole('row').nth(3).getByRole('button', { name: '电话签收' }).click()
  const telephone = commander.getByRole('dialog', { name: '电话签收' })
  await telephone.getByLabel('接听人').fill('赵建国')
  await telephone.getByRole('button', { name: '记录签收' }).click()
  await gone(telephone)
  await sees(commander.getByText('已记录 赵建国 的电话签收'))
  await sees(commander.getByRole('button', { name: '未签收 274' }).first())
  await close(commander)

  await commander.getByLabel('查找单位').fill('石化')
  await branch(commander, '未送达').last().click()
  await commander.getByRole('button', { name: '催办', exact: true }).click()
  await sees(commander.getByText(/^已催办 /))
  await sees(commander.getByText('已催办 1 次'))
  await commander.getByLabel('查找单位').fill('')

  await commander.getByLabel('查找单位').fill(names.town.unit_name)
  await branch(commander, '石化街道').click()
  const verify = commander.getByRole('button', { name: '核验' })
  await until(() => verify.isEnabled(), 'what is completed can be verified')
  await verify.click()
  await sees(commander.getByText(`${names.town.unit_name} 已核验`))
  await commander.getByLabel('查找单位').fill('')
}

async function anotherLevel(people) {
  const { commander } = people
  await commander.getByRole('button', { name: '升降级' }).click()
  const dialog = commander.getByRole('dialog', { name: '升降级' })
  await dialog.getByText('Ⅱ级', { exact: true }).click()
  await dialog.getByLabel('原因').fill('台风登陆点南移')
  await dialog.getByRole('button', { name: '调整' }).click()
  await gone(dialog)
  for (const page of Object.values(people)) await sees(bar(page).getByText('Ⅱ级'))
}

async function standDown(people) {
  const { commander } = people
  await commander.getByRole('button', { name: '解除响应' }).click()
  const dialog = commander.getByRole('dialog', { name: /^解除/ })
  await sees(dialog.getByRole('heading', { name: '未结指令 6' }))
  await sees(dialog.getByText(TITLE))
  await dialog.getByLabel('原因').fill('台风已过境')
  await dialog.getByLabel('请输入「解除」以确认').fill('解除')
  await dialog.getByRole('button', { name: '解除', exact: true }).click()
  await gone(dialog)
  for (const page of Object.values(people)) await sees(bar(page, '解除中').getByText(INCIDENT))
}

async function routineAgain(people) {
  const { commander } = people
  await commander.getByRole('button', { name: /^恢复平时/ }).click()
  const dialog = commander.getByRole('dialog', { name: '恢复平时' })
  await sees(dialog.getByText(TITLE))
  await dialog.getByLabel('请输入「恢复」以确认').fill('恢复')
  await dialog.getByRole('button', { name: '恢复平时', exact: true }).click()
  await gone(dialog)
  for (const page of Object.values(people)) {
    await gone(bar(page, '解除中'))
    await gone(bar(page, '急时'))
  }
  assert.deepEqual(await openRooms(), [], 'its rooms are closed')
}

/** The log is the last word: each thing once, in its order, by name. */
async function theLog(commander, rooms) {
  const rows = await until(async () => {
    const found = await timeline(commander) // the history follows the log by moments
    return found.filter(({ type }) => type === 'ModeSwitched').length >= 3 && found
  }, 'the log', PATIENCE)
  const count = (type, unit) => rows.filter((row) => row.type === type && (unit === undefined || row.unit === unit)).length
  assert.equal(count('CommandAcknowledged', TEAM), 1, 'what was pressed offline arrived once')
  assert.equal(count('CommandAccepted', TEAM), 1)
  assert.equal(count('ProgressReported', TEAM), 1)
  assert.equal(count('ProgressReported', TOWN), 1)
  assert.equal(count('CommandRelayed', TOWN), 1)
  assert.equal(count('CommandCompleted', TOWN), 1)
  assert.equal(count('DeliveryVerified', TOWN), 1)
  assert.equal(count('DeliveryReminded') >= 1, true)
  assert.equal(count('LevelChanged'), 1)
  assert.equal(count('ModeSwitched'), 3, 'declared, stood down, resumed')
  assert.equal(count('CommandHandedOver'), 6)
  assert.equal(count('ConsultationOpened'), rooms)
  assert.equal(count('ConsultationClosed'), rooms)
}

async function close(page) {
  if (await page.getByRole('dialog').isVisible()) await page.keyboard.press('Escape')
}
