/** The pictures of the documentation: every view, routine and emergency, of a district that is at work. Into PICTURES. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answers, onTheRoad, TYPHOON, upload } from './crowd.mjs'
import { bar, rehearse, takeUp } from './emergency.mjs'
import { DISTRICT, issue, photo, TEAM, TOWN, VILLAGE } from './orders.mjs'
import { gone, online, PHONE, play, sees } from './stage.mjs'
import { quantised } from './palette.mjs'
import { station } from './wire.mjs'

const TOKENS = JSON.parse(readFileSync(process.env.TOKENS, 'utf8'))
const WIDE = { viewport: { width: 1920, height: 1080 } }
const SMALL = { ...PHONE, deviceScaleFactor: 1 }
const SEA = '海塘外和沿海一线人员全部撤离'

await play(async (stage) => {
  const chief = await station('commander2', { token: TOKENS.commander2 })
  const { view } = chief

  await routineWork(chief, view)
  await routinePictures(stage)
  const team = await station(TEAM, { token: TOKENS[TEAM.toLowerCase()] })
  for (const command of Object.keys(team.view.deliveries)) await team.act({ type: 'AcknowledgeCommand', command, unit: TEAM })
  team.close()

  await emergencyWork(chief, view, stage)
  const teams = await onTheRoad(TOKENS, view, [TEAM])
  await emergencyPictures(stage)
  for (const one of [...teams, chief]) one.close()
})

/** Signed in without the form: the pictures are of what comes after. */
async function enter(stage, login, device, path) {
  const page = await stage.device(`${login}-${device.viewport.width}`, device)
  await page.context().addCookies([{ name: 'pingji_session', value: TOKENS[login], url: process.env.BASE_URL }])
  await page.goto(path)
  await online(page)
  await page.waitForLoadState('networkidle')
  return page
}

async function take(page, name) {
  const { width } = page.viewportSize()
  await page.evaluate(() => document.fonts.ready.then(() => true))
  await page.mouse.move(0, 0)
  await page.evaluate(() => document.activeElement?.closest('form, [role=dialog]') || document.activeElement?.blur())
  await page.waitForLoadState('networkidle')
  await page.evaluate(() => new Promise((done) => setTimeout(done, 600))) // map labels and transitions settle
  const picture = quantised(await page.screenshot({ animations: 'disabled' }))
  writeFileSync(join(process.env.PICTURES, `${name}-${width}.png`), picture)
  console.log(`${name}-${width} ${picture.length}`)
}

async function routineWork(chief, view) {
  const more = { priority: 'normal', clocks: { acknowledge: 1800, report: 7200 } }
  const drains = await chief.act({ ...issue('汛前雨水口和排水管网巡查', [], { ...more, fields: [{ key: 'cleared', label: '清淘雨水口', measure: '处' }, { key: 'broken', label: '破损', measure: '处' }], text: '逐路段清淘雨水口,登记堵塞和破损,周五前报数。' }), to: { units: [], areas: [{ under: DISTRICT, kinds: ['town', 'department'] }], groups: [] } })
  await answers(TOKENS, view, drains.id, { kinds: ['town', 'department'], share: 0.95, fields: ['cleared', 'broken'], except: [TOWN, 'D01'] })
  const gas = await chief.act(issue('液化气瓶违规存放复查', [TOWN, VILLAGE, 'D01', 'D06'], { ...more, fields: [{ key: 'moved', label: '清出钢瓶', measure: '只' }], text: '楼道内存放的钢瓶全部清出,燃气站上门收取,逐户签字。' }))
  await answers(TOKENS, view, gas.id, { kinds: ['department'], share: 1, fields: ['moved'], except: ['D01', 'D02', 'D03', 'D04', 'D05', 'D07', 'D08'] })
  await chief.act(issue('倒伏树木清理', [TEAM], { ...more, text: '石化一村东门行道树倒伏,占半幅路面。' }))
}

async function routinePictures(stage) {
  const door = await stage.device('door', WIDE)
  await door.goto('/login')
  await sees(door.getByRole('button', { name: '登录' }))
  await take(door, 'login')
  await stage.leave(door)

  const commander = await enter(stage, 'commander', WIDE, '/command')
  await commander.getByRole('button', { name: '汛前雨水口和排水管网巡查' }).first().click()
  await sees(commander.getByRole('treeitem').nth(5))
  await take(commander, 'command-routine')
  const dialog = await rehearse(commander)
  await take(commander, 'command-switch')
  await commander.keyboard.press('Escape')
  await gone(dialog)
  await commander.goto('/plans/typhoon-flood')
  await sees(commander.getByText('防汛防台应急预案').first())
  await take(commander, 'plan')
  await stage.leave(commander)

  const admin = await enter(stage, 'admin', WIDE, `/admin/units/${TOWN}`)
  await take(admin, 'admin-units')
  await admin.goto('/admin/people')
  await take(admin, 'admin-people')
  await admin.goto('/admin/system')
  await take(admin, 'admin-system')
  await stage.leave(admin)

  await one(stage, 'd01', WIDE, '/desk', 'desk-routine')
  await one(stage, TOWN, WIDE, '/station', 'station-routine')
  await one(stage, VILLAGE, SMALL, '/station', 'station-routine')
  await one(stage, TEAM.toLowerCase(), SMALL, '/field', 'field-routine')
}

async function one(stage, login, device, path, name) {
  const page = await enter(stage, login, device, path)
  await take(page, name)
  await stage.leave(page)
}

/** The typhoon: the plan's orders, one of one's own to the coast, and how the district answers. */
async function emergencyWork(chief, view, stage) {
  await chief.act(TYPHOON)
  const to = { units: [], areas: [{ under: DISTRICT, kinds: ['town', 'village', 'team'] }], groups: [] }
  const clocks = { acknowledge: 60, accept: 300, report: 900, complete: 3600, escalate: 600 }
  const { id } = await chief.act({ ...issue(SEA, [], { priority: 'flash', clocks, text: '海塘外和沿海一线作业人员、渔船船员、工棚人员全部撤离,逐户清点,不漏一人。撤离完成后报转移人数和出动人员。' }), to })
  await answers(TOKENS, view, id, { kinds: ['town', 'village', 'team'], share: 0.86, fields: ['moved', 'crew'], except: [TOWN, VILLAGE, TEAM] })

  const now = await station('commander', { token: TOKENS.commander })
  for (const command of Object.values(now.view.commands)) {
    if (command.id === id || command.activation === null) continue
    await answers(TOKENS, now.view, command.id, { kinds: ['department', 'town'], share: 0.9, fields: command.order.fields.map(({ key }) => key), relay: command.order.relay === 'required', except: [TOWN, 'D01'] })
  }
  now.close()
  await fromTheScene(view, stage)
}

async function fromTheScene(view, stage) {
  const blank = await stage.device('camera')
  const told = [
    ['waterlogging', '新城路下穿立交积水约 40 厘米,已封路', '新城路下穿立交'],
    ['road_blocked', '漕廊公路两处树木倒伏', '漕廊公路'],
    ['hazard', '二号闸外侧护坡有松动', '二号闸'],
  ]
  const teams = Object.values(view.accounts).filter(({ id, unit }) => TOKENS[id] && view.units[unit]?.kind === 'team' && unit !== TEAM)
  for (const [n, [kind, text, words]] of told.entries()) {
    const account = teams[n * 7 + 2]
    const home = view.units[account.unit]
    const photos = [await upload(TOKENS[account.id], await photo(blank, words))]
    const person = await station(account.id, { token: TOKENS[account.id] })
    await person.act({ type: 'ReportSituation', kind, text, photos, position: { lon: home.lon ?? 121.3, lat: home.lat ?? 30.75, accuracy: 10 } })
    person.close()
  }
  await stage.leave(blank)
}

async function emergencyPictures(stage) {
  const commander = await enter(stage, 'commander', WIDE, '/command')
  await sees(bar(commander))
  await hush(commander)
  await commander.getByRole('button', { name: SEA }).first().click()
  // Some have let their time run out: those lead the tree, and one of them is unfolded.
  await sees(commander.getByRole('button', { name: /^超时 [1-9]/ }), 120_000)
  const first = commander.getByRole('treeitem', { level: 2 }).filter({ hasText: '石化街道' })
  await first.click()
  await first.click()
  await sees(commander.getByRole('treeitem', { level: 3 }))
  await commander.keyboard.press('Home')
  await commander.keyboard.press('Escape')
  await take(commander, 'command-emergency')
  await commander.getByRole('treeitem', { level: 3 }).last().click()
  await take(commander, 'command-unit')
  await commander.keyboard.press('Escape')
  await commander.getByRole('tab', { name: /现场/ }).click()
  await take(commander, 'command-scene')
  await commander.keyboard.press('n')
  await commander.getByRole('button', { name: '全部街镇' }).click()
  await take(commander, 'command-compose')
  await commander.goto('/command/wall')
  await sees(commander.getByText(SEA).first())
  await take(commander, 'wall-emergency')
  await stage.leave(commander)

  const desk = await enter(stage, 'd01', WIDE, '/desk')
  await hush(desk)
  await take(desk, 'desk-emergency')
  await stage.leave(desk)

  const town = await enter(stage, TOWN, WIDE, '/station')
  await hush(town)
  await takeUp(town, SEA)
  await take(town, 'station-emergency')
  await town.keyboard.press('F2')
  await town.keyboard.press('F4')
  await take(town, 'station-report')
  await stage.leave(town)
  const village = await enter(stage, VILLAGE, SMALL, '/station')
  await hush(village)
  await take(village, 'station-emergency')
  await stage.leave(village)

  const phone = await enter(stage, TEAM.toLowerCase(), SMALL, '/field')
  await hush(phone)
  await take(phone, 'field-emergency')
  await phone.getByRole('slider', { name: `滑动签收：${SEA}` }).press('End')
  await phone.getByRole('button', { name: '受理' }).first().click()
  await phone.goto('/field/report')
  await phone.getByLabel('拍照').setInputFiles(await photo(phone, '三号闸'))
  await sees(phone.getByRole('img', { name: '照片 1' }))
  await take(phone, 'field-report')
  await phone.goto('/field/map')
  await take(phone, 'field-map')
  await phone.goto('/field')
  await phone.getByRole('button', { name: '切换到夜间' }).click()
  await take(phone, 'field-night')
  await stage.leave(phone)
}

async function hush(page) {
  await sees(bar(page))
  await page.getByRole('button', { name: '停止响铃' }).click()
}
