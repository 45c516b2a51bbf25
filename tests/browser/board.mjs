/**
 * What the dispatch board is for, as one story: a village asks on a phone, the commander accepts the proposal, two departments
 * answer at the same moment, one of them declines and its part is sourced again, a team loses its network on the way, arrives,
 * has the handover signed by both sides and reports late. Board, map, journal and EDXL-RM tell the same in the end.
 */
import assert from 'node:assert/strict'
import { timeline, VILLAGE } from './orders.mjs'
import { api, gone, line, online, PHONE, play, sees, until } from './stage.mjs'
import { ask, station } from './wire.mjs'

const LIGHTS = '应急照明灯塔'
const BOAT = '冲锋舟'
const PLACE = '三号闸东侧'
const DECLINED = '灯塔都在海塘上'
const CARRIER = 'TD03'
const RECEIVER = '胡建春'

await play(async (stage) => {
  const village = await stage.enter(VILLAGE, PHONE)
  const commander = await stage.enter('commander', { viewport: { width: 1920, height: 1080 } })
  const [law, traffic, water] = [await stage.enter('d01'), await stage.enter('d07'), await stage.enter('d03')]
  const phone = await stage.enter(CARRIER.toLowerCase(), PHONE)
  await phone.evaluate(() => navigator.serviceWorker.ready.then(() => true))
  await commander.goto('/board')

  await step('the village asks', () => villageAsks(village))
  await step('the commander accepts the proposals', () => sourced(commander))
  await step('two departments answer', () => departmentsAnswer(law, traffic))
  await step('what was declined is sourced again', () => sourcedAgain(commander))
  const order = await step('the water department sends its team', () => teamIsSent(water, commander))
  await step('the team goes without a network', () => teamOffline(phone))
  await step('the phone comes back', () => phoneBack(phone, order))
  await step('the village sees it', () => villageSees(village))
  await step('everything agrees', () => agree(commander, order))
})

async function step(name, run) {
  const start = Date.now()
  const found = await run()
  console.log(`${((Date.now() - start) / 1000).toFixed(1).padStart(5)} s  ${name}`)
  return found
}

async function villageAsks(village) {
  await village.getByRole('button', { name: '资源', exact: true }).click()
  for (const [kind, quantity] of [[LIGHTS, 4], [BOAT, 2]]) {
    await village.getByRole('button', { name: '申请资源' }).click()
    await village.getByRole('searchbox').fill(kind)
    await village.getByRole('list', { name: '需要什么' }).getByRole('button', { name: kind }).click()
    await village.getByRole('spinbutton', { name: '数量' }).fill(String(quantity))
    await village.getByLabel('地点说明').fill(PLACE)
    await village.getByRole('button', { name: '发送申请' }).click()
    await sees(village.getByRole('article', { name: kind }).getByText(`短缺 ${quantity}`).first())
  }
}

async function sourced(commander) {
  await focusFollows(commander)
  const proposal = await propose(commander, BOAT)
  await proposal.getByRole('button', { name: /^下达 \d 张调度单.*水务/ }).click()
  await gone(proposal)
  const other = await propose(commander, LIGHTS)
  for (const department of ['城管', '交通']) {
    const quantity = other.getByRole('spinbutton', { name: department })
    await quantity.fill('2')
    await quantity.press('Tab')
  }
  await sees(other.getByText('满足需求'))
  await other.getByRole('button', { name: '下达 2 张调度单：城管、交通' }).click()
  await gone(other)
  for (const department of ['城管', '交通']) await sees(orderCard(commander, LIGHTS, department).filter({ hasText: '已下达' }))
}

/** The key for sources brings the focus to the proposal; leaving that gives it back to the need. */
async function focusFollows(commander) {
  const need = commander.getByRole('region', { name: '需求' }).getByRole('button', { name: new RegExp(`^${BOAT}`) })
  await need.click()
  await commander.keyboard.press('s')
  const proposal = commander.getByRole('region', { name: '来源建议' })
  await sees(proposal)
  await until(() => commander.evaluate(() => document.activeElement.matches('section.sourcing')), 'the focus at the proposal')
  await commander.keyboard.press('Escape')
  await gone(proposal)
  await until(() => need.evaluate((button) => button === document.activeElement), 'the focus back at the need')
}

async function board(page) {
  return (await api(page, '/api/board')).board
}

/** Opens the proposal for a need and waits for it. */
async function propose(commander, kind) {
  await commander.getByRole('region', { name: '需求' }).getByRole('button', { name: new RegExp(`^${kind}`) }).click()
  await commander.getByRole('button', { name: '找来源' }).first().click()
  const proposal = commander.getByRole('region', { name: '来源建议' })
  await sees(proposal.getByRole('button', { name: /^下达 \d 张调度单/ }))
  return proposal
}

function orderCard(page, what, owner) {
  return page.getByRole('region', { name: '调度单' }).getByRole('article').filter({ hasText: what }).filter({ hasText: owner })
}

/** Both look at their order; then both press at once. */
async function departmentsAnswer(law, traffic) {
  await inbox(law)
  await inbox(traffic)
  await traffic.getByRole('button', { name: '不能承担' }).click()
  const refusal = traffic.getByRole('dialog')
  await refusal.getByRole('textbox').fill(DECLINED)
  await law.getByRole('button', { name: '受理', exact: true }).click()
  const acceptance = law.getByRole('dialog', { name: '受理' })
  await Promise.all([
    acceptance.getByRole('button', { name: '受理', exact: true }).click(),
    refusal.getByRole('button', { name: '不能承担' }).click(),
  ])
  await Promise.all([gone(acceptance), gone(refusal)])
  await sees(law.getByRole('region', { name: LIGHTS }).getByText('已受理').first())
}

async function inbox(desk) {
  await desk.getByRole('link', { name: /^调度单/ }).click()
  await sees(desk.getByRole('region', { name: /\d/ }).last())
}

async function sourcedAgain(commander) {
  await sees(orderCard(commander, LIGHTS, '城管').filter({ hasText: '已受理' }))
  const declined = orderCard(commander, LIGHTS, '交通').filter({ hasText: '已拒绝' })
  await sees(declined)
  await declined.getByRole('button', { name: '改由他处调度' }).click()
  const proposal = commander.getByRole('region', { name: '来源建议' })
  await proposal.getByRole('button', { name: /^下达 1 张调度单：城管/ }).click()
  await gone(proposal)
  await sees(orderCard(commander, LIGHTS, '城管').filter({ hasText: '已下达' }))
}

/** Accepts, names its team as the carrier; the order's id. */
async function teamIsSent(water, commander) {
  await inbox(water)
  await water.getByRole('button', { name: '受理', exact: true }).click()
  await water.getByRole('dialog', { name: '受理' }).getByRole('button', { name: '受理', exact: true }).click()
  await water.getByRole('button', { name: /^人车已备妥/ }).click()
  const crew = water.getByRole('dialog', { name: '落实人员车辆' })
  await crew.getByText('水务应急分队').first().click()
  await crew.getByRole('button', { name: '人车已备妥' }).click()
  await gone(crew)
  return Object.values((await board(commander)).orders).find(({ owner, kind }) => owner === 'D03' && kind === BOAT).id
}

/** Departs with a network; arrives and hands over without one. */
async function teamOffline(phone) {
  const job = phone.getByRole('article', { name: BOAT })
  await job.getByRole('button', { name: /^出发/ }).click()
  const departure = phone.getByRole('dialog', { name: '出发' })
  await departure.getByText('30 分钟').click()
  await departure.getByRole('button', { name: '出发' }).click()
  await gone(departure)
  await sees(job.getByText('在途'))
  await gone(job.locator('[data-kept]')) // it has left the phone, not only been pressed
  await phone.context().setOffline(true)
  await sees(line(phone).getByText('离线'))
  await job.getByRole('button', { name: /^到达/ }).click()
  await sees(job.getByText(/已存本机/).first())
  await job.getByRole('button', { name: /^交接/ }).click()
  const handover = phone.getByRole('dialog', { name: '交接签字' })
  const confirm = handover.getByRole('button', { name: '确认交接' })
  await handover.getByRole('group', { name: /^接收方/ }).getByRole('textbox', { name: '姓名' }).fill(RECEIVER)
  await sign(phone, handover.getByRole('img', { name: '交出方签名' }))
  assert.ok(await confirm.isDisabled(), 'both sides sign')
  await phone.reload() // a call came in: what is half signed is there again
  await job.getByRole('button', { name: /^交接/ }).click()
  await sees(handover.getByRole('group', { name: /^交出方/ }).getByRole('button', { name: '重写' }))
  assert.equal(await handover.getByRole('group', { name: /^接收方/ }).getByRole('textbox', { name: '姓名' }).inputValue(), RECEIVER)
  await sign(phone, handover.getByRole('img', { name: '接收方签名' }))
  await confirm.click()
  await gone(handover)
  await sees(line(phone).getByText(/待发送 \d/))
}

/** A signature by finger. */
async function sign(phone, pad) {
  await pad.scrollIntoViewIfNeeded()
  const { x, y, width, height } = await pad.boundingBox()
  await phone.mouse.move(x + width * 0.2, y + height * 0.5)
  await phone.mouse.down()
  for (const [right, down] of [[0.35, 0.2], [0.5, 0.8], [0.65, 0.3], [0.8, 0.6]]) {
    await phone.mouse.move(x + width * right, y + height * down, { steps: 4 })
  }
  await phone.mouse.up()
}

async function phoneBack(phone, order) {
  const { token } = await station('commander2')
  const before = (await ask(token, 'GET', '/api/board')).board.orders[order].step
  assert.equal(before, 'en_route', 'nothing came through meanwhile')
  await phone.context().setOffline(false)
  await online(phone)
  await until(async () => (await board(phone)).orders[order].step === 'in_use', 'the late report')
}

async function villageSees(village) {
  await sees(village.getByRole('article', { name: BOAT }).getByText(/使用中|已到位|到位/).first())
}

/** The board, the map, the journal and the messages for other systems. */
async function agree(commander, order) {
  await sees(orderCard(commander, BOAT, '水务').filter({ hasText: '使用中' }))
  const { orders, discrepancies, requests, resources } = await board(commander)
  const { moments, handover, lines, request } = orders[order]
  assert.deepEqual(Object.values(discrepancies), [])
  assert.ok(moments.arrived.actual < moments.arrived.recorded_at, 'it arrived before it could be told')
  assert.ok(handover.giver.drawing && handover.receiver.drawing && handover.receiver.name === RECEIVER)
  assert.equal(requests[request].promised, 2)
  assert.deepEqual(books(resources[lines[0].resource].stock), { free: 0, reserved: 0, out: 1 })
  const lights = Object.values(orders).filter(({ kind }) => kind === LIGHTS)
  assert.deepEqual(lights.map(({ owner, step }) => `${owner} ${step}`).sort(), ['D01 accepted', 'D01 issued', 'D07 declined'])
  assert.equal(Object.values(requests).find(({ need }) => need.kind === LIGHTS).promised, 4)

  const rows = await until(async () => { // the history follows the log by moments
    const found = await timeline(commander)
    return found.some(({ type }) => type === 'ResourcesHandedOver') && found
  }, 'the handover in the journal')
  const told = rows.map(({ type }) => type)
  assert.equal(told.filter((type) => type === 'RequestOpened').length, 2)
  assert.equal(told.filter((type) => type === 'OrderIssued').length, 5)
  assert.equal(told.filter((type) => type === 'OrderDeclined').length, 1)
  for (const type of ['OrderAccepted', 'ResourcesCommitted', 'CarrierNamed', 'OrderDeparted', 'OrderArrived', 'ResourcesHandedOver']) {
    assert.ok(told.includes(type), `${type} is in the journal: ${[...new Set(told)].join(' ')}`)
  }
  const edxl = await commander.evaluate(async (id) => (await fetch(`/api/dispatches/${id}/edxl.xml`)).text(), order)
  for (const message of ['RequisitionResource', 'ResponseToRequestResource', 'CommitResource', 'ReportResourceDeploymentStatus']) {
    assert.ok(edxl.includes(message), `${message} in the messages`)
  }
  assert.ok(edxl.includes('in_use') && edxl.includes(lines[0].name))

  await commander.getByRole('button', { name: '地图', exact: true }).click()
  await sees(commander.getByRole('application'))
  const layers = commander.getByRole('group', { name: '图层' })
  await sees(layers.locator('label', { hasText: /需求\s*2/ }))
  await sees(layers.locator('label', { hasText: /在途\s*1/ }))
}

function books({ free, reserved, out }) {
  return { free, reserved, out }
}
