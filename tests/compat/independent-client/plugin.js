// A small plugin on the independent client.

import { drawers, menu, notice, orders, payments, settings, shop, whoami } from './client.js'

const LIMIT = 50000

payments.on('paid', async (paymentId, orderId) => {
  const order = await orders.one(orderId)
  const sales = Number((await drawers.open.read('sales')) || '0') + 1
  await drawers.open.write('sales', String(sales))
  const line = `${sales}번째 결제 ${order.chargePrice.chargePriceValue}원`
  console.log(line)
  notice.say(line)
})

payments.on('before-cancel', async ({ payment }) => {
  if (payment.amountMoney > LIMIT) throw new Error(`${LIMIT}원이 넘는 결제는 취소할 수 없어요`)
})

const start = async () => {
  const { name } = await whoami()
  await settings.declare([{ type: 'toggle', id: 'loud', label: '알림', required: true, default: true }])
  const [merchant, items, categories] = await Promise.all([shop.info(), menu.all(), menu.categories()])
  if (typeof merchant.name !== 'string' || items.length === 0 || categories.length === 0) throw new Error('an empty shop')
  // The same question again is answered from memory; the host must not see it twice.
  await shop.info()
  console.log('independent client: ready')
  notice.say(`${name}: ${merchant.name}`)
}

start().catch(problem => console.log('independent client: failed', problem.message))
