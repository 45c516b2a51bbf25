/**
 * What changes an order or a need after it was made, pressed by those who may: drafts written, changed and issued with a carrier;
 * more than is needed with a reason; split, redirected, extended; returned with losses; a late report settled; a need amended;
 * the emergency ended with what it leaves on the board in other hands; past orders found again. Server and journal say the same.
 */
import assert from 'node:assert/strict'
import { TYPHOON } from './crowd.mjs'
import { DISTRICT, timeline, VILLAGE } from './orders.mjs'
import { api, gone, play, sees, until } from './stage.mjs'
import { ask, station } from './wire.mjs'

const WIDE = { viewport: { width: 1920, height: 1080 } }
const BAGS = '防汛沙袋'
const TOWN = '310116001'
const OTHER = '310116103'

await play(async (stage) => {
  const chief = await station('commander2')
  const { id: activation } = await chief.act(TYPHOON)
  await silence()
  const first = await wants(VILLAGE, 300)
  const second = await wants(OTHER, 200)
  const commander = await stage.enter('commander', WIDE)
  await commander.goto('/board')

  await step('drafts', () => drafts(commander, first))
  await step('a draft is issued beyond the need', () => beyond(commander, first))
  const order = await standing(chief, first)
  await step('split', () => split(commander, order))
  await step('redirected', () => redirected(commander, order, second))
  await step('extended', () => extended(commander, order))
  await step('returned with losses', () => returned(stage, order))
  await step('a late report is settled', () => settled(commander, chief, second))
  await step('a need is amended', () => amended(commander, first))
  await step('past orders', () => past(commander, order))
  await step('the emergency ends', () => ended(commander, chief, activation, first))
  await step('the journal', () => told(commander))
  chief.close()
})

async function step(name, run) {
  const start = Date.now()
  await run()
  console.log(`${((Date.now() - start) / 1000).toFixed(1).padStart(5)} s  ${name}`)
}

async function silence() {
  const one = await station('commander')
  for (const id of Object.keys(one.view.consultations)) await one.act({ type: 'CloseConsultation', consultation: id })
  one.close()
}

async function wants(unit, quantity) {
  const one = await station(unit)
  const { id } = await one.act({ type: 'RequestResources', need: { kind: BAGS, quantity, to: {}, priority: 'urgent', purpose: '加高河堤' } })
  one.close()
  return id
}

async function board(page) {
  return (await api(page, '/api/board')).board
}
async function wire({ token }) {
  return (await ask(token, 'GET', '/api/board')).board
}
function ordersOf({ orders }, request) {
  return Object.values(orders).filter((order) => order.request === request)
}
function sum({ lines }) {
  return lines.reduce((all, { quantity }) => all + quantity, 0)
}
function lane(page, name) {
  return page.getByRole('region', { name, exact: true })
}
function detail(page, name) {
  return page.getByRole('complementary', { name })
}
async function press(scope, name) {
  await scope.getByRole('button', { name, exact: true }).click()
}

async function standing(chief, request) {
  return ordersOf(await wire(chief), request).find(({ step }) => step === 'issued').id
}

async function opened(page, query) {
  await page.goto(`/board?${query}`)
  const pane = page.locator('#board-detail')
  await sees(pane.getByRole('article'))
  return pane
}

/** Kept as a draft with a carrier; taken up again and changed; nothing is promised by it. */
async function drafts(page, request) {
  const pane = await opened(page, `need=${request}`)
  await pane.getByRole('button', { name: '找来源' }).click()
  const proposal = lane(page, '来源建议')
  await sees(proposal.getByRole('button', { name: /^下达 \d 张调度单/ }))
  await press(proposal, '承运、备注与归还')
  const carrier = proposal.getByRole('combobox', { name: /承运$/ }).first()
  await carrier.selectOption({ index: 1 })
  const chosen = await carrier.inputValue()
  await press(proposal, '存为草稿，以后下达')
  await gone(proposal)
  const [draft] = ordersOf(await board(page), request)
  assert.deepEqual([draft.step, draft.carrier, sum(draft)], ['draft', chosen, 300])
  const card = lane(page, '调度单').getByRole('article').filter({ hasText: '草稿' })
  await card.getByRole('button').first().click()
  await press(detail(page, '调度单'), '修改')
  const quantity = lane(page, '来源建议').getByRole('spinbutton').first()
  assert.equal(await quantity.inputValue(), '300')
  await quantity.fill('360')
  await quantity.press('Tab')
  await press(lane(page, '来源建议'), '保存草稿')
  const after = await until(async () => {
    const { requests, ...rest } = await board(page)
    const found = ordersOf(rest, request)
    return found.length === 1 && sum(found[0]) === 360 && { found: found[0], promised: requests[request].promised }
  }, 'one draft, changed')
  assert.deepEqual([after.found.step, after.found.carrier, after.promised], ['draft', chosen, 0])
}

/** It is asked why, and only then it goes. */
async function beyond(page, request) {
  const pane = await opened(page, `need=${request}`)
  await press(pane, '下达 1 张草稿')
  const why = page.getByRole('dialog', { name: '下达' })
  await why.getByRole('textbox', { name: '超出需求的理由' }).fill('缺口还在扩大')
  await press(why, '下达')
  await gone(why)
  const { requests } = await board(page)
  assert.deepEqual([requests[request].promised, requests[request].over], [360, 60])
}

async function split(page, order) {
  const pane = await opened(page, `order=${order}`)
  await press(pane, '拆分')
  const dialog = page.getByRole('dialog', { name: '拆分' })
  assert.ok(await dialog.getByRole('button', { name: '拆分' }).isDisabled(), 'something must go')
  const part = dialog.getByRole('spinbutton').first()
  await part.fill('160')
  await part.press('Tab')
  await sees(dialog.getByText('拆出 160，留下 200'))
  await press(dialog, '拆分')
  await gone(dialog)
  const { orders } = await board(page)
  const made = Object.values(orders).find(({ split_from }) => split_from === order)
  assert.deepEqual([sum(orders[order]), sum(made), made.step], [200, 160, 'issued'])
}

/** To the need that is short; then only to another place, picked on the map. */
async function redirected(page, order, request) {
  const pane = await opened(page, `order=${order}`)
  await press(pane, '改派去向')
  const dialog = page.getByRole('dialog', { name: '改派去向' })
  await dialog.getByRole('radio', { name: /张堰镇/ }).check()
  await press(dialog, '改派去向')
  await gone(dialog)
  assert.equal((await board(page)).orders[order].request, request)
  await press(pane, '改派去向')
  await dialog.getByRole('radio', { name: '同一需求，换一个地点' }).check()
  await dialog.getByLabel('具体地点').fill('河堤缺口南侧')
  await press(dialog, '在地图上选点')
  await dialog.getByRole('application').click()
  await sees(dialog.getByText(/北纬/))
  await press(dialog, '改派去向')
  await gone(dialog)
  const { to, version } = (await board(page)).orders[order]
  assert.ok(to.position.lat > 30 && to.place === '河堤缺口南侧' && to.unit === OTHER && version === 4, JSON.stringify({ to, version }))
}

async function extended(page, order) {
  const pane = await opened(page, `order=${order}`)
  await press(pane, '延期')
  const dialog = page.getByRole('dialog', { name: '延期' })
  await press(dialog, '+3 小时')
  await press(dialog, '延期')
  await gone(dialog)
  const { moments } = (await board(page)).orders[order]
  assert.ok(Math.abs(moments.returned.requested - Date.now() - 3 * 3600_000) < 120_000)
}

/** The owner's desk: it went, was used, comes back with less. */
async function returned(stage, order) {
  const { orders } = await wire(await station('commander2'))
  const { owner } = orders[order]
  const hand = await station(owner)
  for (const type of ['AcceptOrder', 'CommitOrder', 'ReportDeparture', 'ReportArrival', 'ReportReturning']) await hand.act({ type, order })
  hand.close()
  const desk = await stage.enter(owner, WIDE)
  await desk.goto(`/board?order=${order}`)
  await desk.locator('#board-detail').getByRole('button', { name: '归还', exact: true }).click()
  const dialog = desk.getByRole('dialog', { name: '归还' })
  for (const [book, n] of [['耗用', '150'], ['损失', '10']]) {
    const field = dialog.getByRole('spinbutton', { name: book })
    await field.fill(n)
    await field.press('Tab')
  }
  await press(dialog, '归还')
  await gone(dialog)
  const { orders: after } = await board(desk)
  assert.equal(after[order].step, 'returned')
  assert.deepEqual(after[order].outcomes.map(({ consumed, lost }) => [consumed, lost]), [[150, 10]])
  await stage.leave(desk)
}

/** A phone that was offline says it arrived, long after it was recalled. */
async function settled(page, chief, request) {
  const { resources } = await wire(chief)
  const bags = Object.values(resources).find(({ facts, stock }) => facts.kind === BAGS && facts.owner === TOWN && stock.free > 600)
  const { id } = await chief.act({ type: 'DispatchResources', request, override: '备用', consignments: [{ lines: [{ resource: bags.id, quantity: 10 }] }] })
  const order = `${id}.1`
  await chief.act({ type: 'RecallOrder', order, reason: '已够用' })
  const town = await station(TOWN)
  await town.act({ type: 'ReportArrival', order, noted_at: Date.now() - 60_000, version: 1, note: '已经送到' })
  town.close()
  const pane = await opened(page, `order=${order}`)
  await press(pane, '核销差异')
  const dialog = page.getByRole('dialog', { name: '核销差异' })
  await dialog.getByRole('textbox').fill('现场核对，10 只留用，另行盘点')
  await press(dialog, '核销差异')
  await gone(dialog)
  const found = Object.values((await board(page)).discrepancies).find((one) => one.order === order)
  assert.ok(found.settled_at !== null && found.settlement.startsWith('现场核对'))
  assert.equal((await board(page)).orders[order].step, 'recalled')
}

async function amended(page, request) {
  const pane = await opened(page, `need=${request}`)
  await press(pane, '变更申请')
  const dialog = page.getByRole('dialog', { name: '变更申请' })
  const quantity = dialog.getByRole('spinbutton', { name: '数量' })
  await quantity.fill('500')
  await quantity.press('Tab')
  await dialog.getByLabel('用途').fill('加高河堤，缺口扩大')
  await press(dialog, '变更申请')
  await gone(dialog)
  const { need, version } = (await board(page)).requests[request]
  assert.deepEqual([need.quantity, need.purpose, version], [500, '加高河堤，缺口扩大', 2])
}

async function past(page, order) {
  await page.goto('/board')
  await press(page, '更多')
  await page.getByRole('menuitem', { name: '调度单记录' }).click()
  const rows = page.getByRole('row')
  await until(async () => (await rows.count()) === 4, 'three orders and their heading')
  await page.getByRole('combobox', { name: '进展' }).selectOption({ label: '已结束' })
  await until(async () => (await rows.count()) === 3, 'the returned and the recalled one')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  const pane = page.getByRole('complementary', { name: '调度单' })
  await sees(pane.getByText(/耗用 150 · 损失 10/))
  assert.ok(page.url().includes(encodeURIComponent(order)) || page.url().includes(order))
  await page.reload()
  await sees(pane.getByText(/耗用 150 · 损失 10/))
}

/** What is open on the board goes to a department, by the dialog that ends the emergency. */
async function ended(page, chief, activation, request) {
  await chief.act({ type: 'StandDown', activation, reason: '风力减弱' })
  await page.goto('/command')
  await page.getByRole('button', { name: /^恢复平时/ }).first().click()
  const dialog = page.getByRole('alertdialog', { name: '恢复平时' }).or(page.getByRole('dialog', { name: '恢复平时' }))
  await sees(dialog.getByText(/石化三村.*防汛沙袋|防汛沙袋.*石化三村/))
  await dialog.getByRole('combobox', { name: /调度板/ }).click()
  await page.getByRole('option', { name: /水务/ }).click()
  await dialog.getByLabel('请输入「恢复」以确认').fill('恢复')
  await dialog.getByRole('button', { name: '恢复平时', exact: true }).click()
  await gone(dialog)
  const found = (await board(page)).requests[request]
  assert.deepEqual([found.step, found.holder], ['open', 'D03'])
}

async function told(page) {
  const rows = await until(async () => {
    const found = await timeline(page)
    return found.some(({ type }) => type === 'RequestHandedOver') && found
  }, 'the end in the journal')
  const types = rows.map(({ type }) => type)
  for (const type of ['OrderSplit', 'OrderRedirected', 'OrderExtended', 'ResourcesReturned', 'DiscrepancySettled', 'RequestAmended']) {
    assert.ok(types.includes(type), `${type} is in the journal: ${[...new Set(types)].join(' ')}`)
  }
  assert.equal(types.filter((type) => type === 'OrderRedirected').length, 2)
  assert.ok(DISTRICT)
}
