// A client of the plugin protocol that shares nothing with the one in `sdk/`: written from the description of the messages alone.

import { ask, me, post, reply, take, ticket } from './wire.js'
import { metered } from './quota.js'
import { anything, enforce, flag, list, maybe, oneOf, shape, text, whole } from './rules.js'

const remembered = (name, pick, method) => {
  let kept
  return metered(method, () => {
    kept = kept || ask(name, {}, { again: true }).then(pick)
    return kept
  })
}

const plain = { id: text(), label: text(), required: flag() }
const inputRule = shape({ id: text(), type: oneOf('text', 'number', 'password', 'radio', 'checkbox', 'toggle', 'slider', 'primary', 'danger', 'dark'), label: maybe(plain.label), required: maybe(plain.required), default: anything() })
const orderRule = shape({
  discounts: list(shape({ title: text(), amountMoney: shape({ value: whole() }), titleI18n: maybe(shape({ languages: anything() })) })),
  lineItems: list(shape({
    diningOption: oneOf('HERE', 'TOGO', 'DELIVERY', 'PICKUP'),
    item: shape({ id: whole(), title: text(), type: text(), category: shape({ id: whole(), title: text() }) }),
    quantity: shape({ value: whole() }),
    chargePrice: shape({ value: whole() }),
    optionChoices: list(shape({ id: whole(), quantity: whole() }))
  }))
})

export const shop = {
  info: remembered('merchant.info.request', reply => reply.merchant, 'shop.info'),
  device: remembered('device.info.request', reply => reply.device, 'shop.device')
}

export const menu = {
  all: metered('menu.all', async () => (await ask('catalog-item.list.request')).catalogs),
  one: metered('menu.one', async id => (await ask('catalog-item.get.request', { catalog: { id } })).catalog),
  categories: metered('menu.categories', async () => (await ask('catalog-category.list.request')).categories)
}

const orderTakers = {}
take('order.change.event', ({ data }) => orderTakers[data.event]?.(data.order.id))
export const orders = {
  one: metered('orders.one', async id => (await ask('order.get.request', { id })).order),
  add: metered('orders.add', async order => {
    enforce(orderRule, order)
    // What was checked is not what is sent: members nobody knows go along.
    return (await ask('order.add.request', { order })).order
  }),
  on (event, taker) { orderTakers[event] = taker }
}

const paymentTakers = {}
take('payment.change.event', ({ data }) => paymentTakers[data.event]?.(data.payment.id, data.order.id))
take('payment.event.request', async question => {
  const { event, payload } = question.data
  try {
    if (paymentTakers['before-cancel']) await paymentTakers['before-cancel'](payload)
    reply(question, { complete: true, event })
  } catch (problem) {
    reply(question, { complete: false, errorMessage: problem.message })
  }
})
export const payments = {
  one: metered('payments.one', async id => (await ask('payment.get.request', { id })).payment),
  on (event, taker) { paymentTakers[event] = taker }
}

const drawer = prefix => ({
  read: async key => (await ask(`${prefix}.get.request`, { key }, { again: true })).value,
  write: async (key, value) => { await ask(`${prefix}.set.request`, { key, value }, { again: true }) },
  drop: async key => { await ask(`${prefix}.delete.request`, { key }, { again: true }) }
})
export const drawers = { open: drawer('storage'), locked: drawer('secure-store') }

let onSettings = () => {}
take('setting.change.event', () => onSettings())
export const settings = {
  declare: async inputs => {
    enforce(list(inputRule), inputs)
    await ask('setting.set-inputs.request', Object.fromEntries(inputs.map(input => [input.id, input])))
  },
  values: async () => (await ask('setting.values.request')).settings,
  changed (taker) { onSettings = taker }
}

const buttons = {}
take('toast.button.click', ({ data }) => buttons[data.id]?.())
export const notice = {
  say: message => post({ name: 'toast.open', version: 1, data: { message } }),
  warn (message, button) {
    const id = button && ticket()
    if (button) buttons[id] = button.pressed
    post({ name: 'toast.open', version: 2, data: { message, level: 'warn', ...(button && { button: { id, text: button.text } }) } })
  }
}

export const whoami = () => me
