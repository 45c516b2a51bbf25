/** The pictures of the dispatch board for the documentation, into PICTURES: a typhoon's needs, some of them on their way. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TYPHOON } from './crowd.mjs'
import { VILLAGE } from './orders.mjs'
import { quantised } from './palette.mjs'
import { online, PHONE, play, sees } from './stage.mjs'
import { ask, station } from './wire.mjs'

const WIDE = { viewport: { width: 1920, height: 1080 } }
const SMALL = { ...PHONE, deviceScaleFactor: 1 }
const CARRIER = 'TD03'
/** who asks, for what, how much, how pressing, what for */
const NEEDS = [
  [VILLAGE, '移动水泵', 4, 'urgent', '三号闸泵站停电'],
  [VILLAGE, '冲锋舟', 2, 'lifesaving', '转移低洼处居民'],
  ['310116101', '防汛沙袋', 1500, 'urgent', '加高河堤缺口'],
  ['310116109', '应急照明灯塔', 4, 'normal', '夜间抢险照明'],
  ['310116105', '疏散大巴', 6, 'urgent', '转移海塘外人员'],
  ['310116104', '救生衣', 900, 'normal', '补充到各村'],
]

await play(async (stage) => {
  const chief = await station('commander2')
  await chief.act(TYPHOON)
  await silence()
  for (const [unit, kind, quantity, priority, purpose] of NEEDS) await asks(unit, { kind, quantity, priority, purpose })
  for (const kind of ['冲锋舟', '应急照明灯塔', '疏散大巴']) await dispatched(chief, kind)
  await carried(await dispatched(chief, '移动水泵', 'D03'))
  await declined(chief)

  const commander = await stage.enter('commander', WIDE)
  await commander.goto('/board')
  await sees(commander.getByRole('region', { name: '调度单' }).getByRole('article').first())
  await take(commander, 'board')
  await commander.getByRole('region', { name: '需求' }).getByRole('button', { name: /^防汛沙袋 1,500/ }).click()
  await commander.getByRole('button', { name: '找来源' }).first().click()
  await sees(commander.getByRole('button', { name: /^下达 \d+ 张调度单/ }))
  await take(commander, 'board-sourcing')
  await commander.keyboard.press('Escape')
  await commander.getByRole('button', { name: '地图', exact: true }).click()
  await sees(commander.getByRole('application'))
  await take(commander, 'board-map')
  await commander.goto('/board/wall')
  await sees(commander.getByText('冲锋舟').first())
  await take(commander, 'board-wall')

  const desk = await stage.enter('d03', WIDE)
  await desk.goto('/desk?dispatch=')
  await sees(desk.getByRole('heading', { level: 2 }).first())
  await take(desk, 'desk-dispatch')
  await desk.goto('/stock')
  await sees(desk.getByText('移动水泵').first())
  await take(desk, 'stock')

  const phone = await stage.enter(CARRIER.toLowerCase(), SMALL)
  await take(phone, 'field-dispatch')
  await phone.getByRole('button', { name: /^到达/ }).first().click()
  await phone.getByRole('button', { name: /^交接/ }).first().click()
  await sees(phone.getByRole('dialog', { name: '交接签字' }))
  await take(phone, 'field-handover')
  chief.close()
})

/** Nobody is rung while the pictures are taken. */
async function silence() {
  const now = await station('commander')
  for (const id of Object.keys(now.view.consultations)) await now.act({ type: 'CloseConsultation', consultation: id })
  now.close()
}

async function asks(unit, need) {
  const one = await station(unit)
  await one.act({ type: 'RequestResources', need: { to: {}, ...need } })
  one.close()
}

/** As it was proposed, or from one owner's depot; the orders. */
async function dispatched(chief, kind, owner) {
  const { board } = await ask(chief.token, 'GET', '/api/board')
  const { id } = Object.values(board.requests).find(({ need, planned }) => need.kind === kind && !planned)
  const { proposals } = await ask(chief.token, 'POST', '/api/sourcing', { requests: [id] })
  const { need } = board.requests[id]
  const own = Object.values(board.resources).filter(({ facts }) => facts.owner === owner && facts.kind === kind).slice(0, need.quantity)
  const lines = owner ? own.map(({ id: resource }) => ({ resource, quantity: 1, owner, arrival: Date.now() + 40 * 60_000 })) : proposals[0].lines
  const consignments = [...byOwner(lines).values()].map((part) => ({ lines: part.map(({ resource, quantity }) => ({ resource, quantity })), arrival: part[0].arrival }))
  await chief.act({ type: 'DispatchResources', request: id, consignments })
  const after = await ask(chief.token, 'GET', '/api/board')
  return Object.values(after.board.orders).filter(({ request }) => request === id)
}

function byOwner(lines) {
  const found = new Map()
  for (const line of lines) found.set(line.owner, [...(found.get(line.owner) ?? []), line])
  return found
}

/** The water department's part is on its way. */
async function carried(orders) {
  const order = orders.find(({ owner }) => owner === 'D03')
  if (!order) throw new Error(`nothing of the water department's: ${orders.map(({ owner }) => owner)}`)
  const desk = await station('d03')
  await desk.act({ type: 'AcceptOrder', order: order.id })
  await desk.act({ type: 'CommitOrder', order: order.id, carrier: CARRIER, note: '沪A·0D033' })
  desk.close()
  const team = await station(CARRIER.toLowerCase())
  await team.act({ type: 'ReportDeparture', order: order.id, arrival: Date.now() + 20 * 60_000, position: { lon: 121.355, lat: 30.755, accuracy: 10 } })
  team.close()
}

/** The traffic department has no lights to spare. */
async function declined(chief) {
  const { board } = await ask(chief.token, 'GET', '/api/board')
  const order = Object.values(board.orders).find(({ owner, kind }) => owner === 'D07' && kind === '应急照明灯塔')
  if (!order) return
  const desk = await station('d07')
  await desk.act({ type: 'DeclineOrder', order: order.id, reason: '灯塔都在海塘上' })
  desk.close()
}

async function take(page, name) {
  await online(page)
  await page.waitForLoadState('networkidle')
  const { width } = page.viewportSize()
  await page.mouse.move(0, 0)
  await page.evaluate(() => document.fonts.ready.then(() => new Promise((done) => setTimeout(done, 900)))) // labels and transitions settle
  const picture = quantised(await page.screenshot({ animations: 'disabled' }))
  writeFileSync(join(process.env.PICTURES, `${name}-${width}.png`), picture)
  console.log(`${name}-${width} ${picture.length}`)
}
