// Takes pictures of the built screen over the fixture: `npm run build && node dev/look.mjs [name…]`, into dev/pictures/.
import { mkdirSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { preview } from 'vite';

const wide = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const click = (id) => (page) => page.getByTestId(id).first().click();
const toPay = async (page) => {
  await page.getByTestId('pay-open').click();
  await page.getByTestId('payment').waitFor();
};
const looks = {
  order: {}, 'order-dark': { query: 'theme=dark' }, 'order-en': { query: 'lang=en' }, 'order-empty': { query: 'fixture=empty' },
  'order-line': { act: (page) => page.locator('[data-testid=cart-lines] button').first().click() },
  'order-options': { act: click('menu-tile-1') },
  'order-discount': { act: async (page) => { await page.locator('[data-testid=cart-lines] button').first().click(); await page.getByTestId('line-discount').click(); } },
  'order-offline': { act: async (page) => { await page.evaluate(() => window.madangLose()); await page.getByTestId('offline-banner').waitFor(); await page.getByTestId('health-strip').click(); } },
  payment: { act: toPay },
  'payment-dark': { query: 'theme=dark', act: toPay },
  'payment-waiting': { act: async (page) => { await toPay(page); await page.getByTestId('card-start').click(); await page.waitForTimeout(200); } },
  'payment-cash': { act: async (page) => { await toPay(page); await page.getByTestId('method-cash').click(); await page.getByTestId('cash-quick-30000').click(); } },
  'payment-lost': { act: async (page) => { await toPay(page); await page.getByTestId('outcome-lost').click(); await page.getByTestId('inquiry').waitFor(); await page.waitForTimeout(300); } },
  'payment-failed': { act: async (page) => { await toPay(page); await page.getByTestId('outcome-declined').click(); await page.getByTestId('payment-failed').waitFor(); } },
  'payment-split': { act: async (page) => { await toPay(page); await page.getByTestId('pay-split').click(); await page.getByTestId('split-2').click(); await page.getByTestId('outcome-approved').click(); await page.waitForTimeout(800); } },
  'payment-approved': { act: async (page) => { await toPay(page); await page.getByTestId('outcome-approved').click(); await page.getByTestId('payment-done').waitFor(); await page.waitForTimeout(1200); } },
  orders: { path: '/orders/1045', },
  'orders-veto': { path: '/orders/1049', act: async (page) => { await page.getByTestId('order-refund').click(); await page.getByTestId('confirm-yes').click(); await page.getByTestId('veto').waitFor(); } },
  'orders-receipt': { path: '/orders/1047', act: async (page) => { await page.getByTestId('detail-receipt').click(); await page.waitForTimeout(1200); } },
  tables: { path: '/tables', query: 'fixture=restaurant', act: click('table-2') },
  health: { act: click('health-strip') }, 'health-dark': { query: 'theme=dark&lang=en', act: click('health-strip') },
  plugins: { query: 'dev=stamp-card', act: async (page) => { await page.getByTestId('tl-row').last().click(); await page.waitForTimeout(200); } },
  'plugins-dark': { query: 'dev=&theme=dark' },
  'plugins-settings': { query: 'dev=stamp-card&tab=settings', act: async (page) => {
    await page.evaluate(() => { window.madangTell('toast', { id: 't1', plugin: 'stamp-card', plugin_name: '단골 스탬프', level: 'success', message: '스탬프 3개를 찍었어요', button: null, at: new Date().toISOString() }); window.madangTell('toast', { id: 't2', plugin: 'coupon-box', plugin_name: '쿠폰함', level: 'error', message: '쿠폰함이 죽었어요', button: '지금 켜기', at: new Date().toISOString() }); });
    await page.getByTestId('setting-least').fill('500');
    await page.waitForTimeout(300);
  } },
  insight: { path: '/insight' }, 'insight-dark': { path: '/insight', query: 'theme=dark' }, 'insight-en': { path: '/insight', query: 'lang=en' }, 'insight-mobile': { path: '/insight', size: phone },
  'insight-count': { path: '/insight', act: click('insight-by-count') }, 'insight-table': { path: '/insight', act: click('insight-table-switch') }, 'insight-orders': { path: '/insight', act: click('insight-orders-1') },
  'insight-paths': { path: '/insight', act: click('insight-all-paths') }, 'insight-period': { path: '/insight', act: click('insight-pick') }, 'insight-channel': { path: '/insight', act: click('insight-channel') },
  'insight-empty': { path: '/insight', query: 'fixture=empty' }, 'insight-many': { path: '/insight', query: 'fixture=many' }, 'insight-waiting': { path: '/insight', act: click('insight-waiting') }, 'insight-box': { path: '/insight', act: (page) => page.locator('[data-place=paid]').click() },
  'insight-wide': { path: '/insight', size: { width: 1680, height: 950 } }, 'insight-tablet': { path: '/insight', size: { width: 1024, height: 768 } },
  'order-mobile': { size: phone }, 'order-mobile-cart': { size: phone, act: click('cart-open') }, 'order-mobile-options': { size: phone, act: click('menu-tile-1') },
  'payment-mobile': { size: phone, act: async (page) => { await page.getByTestId('pay-open-m').click(); await page.getByTestId('payment').waitFor(); } },
  'order-desktop': { size: { width: 1680, height: 950 } },
};

const asked = process.argv.slice(2);
const server = await preview({ preview: { port: 4398, strictPort: true }, logLevel: 'error' });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
mkdirSync('dev/pictures', { recursive: true });
const fixture = readFileSync(new URL('./fixture.js', import.meta.url), 'utf8');
for (const [name, look] of Object.entries(looks)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const page = await browser.newPage({ viewport: look.size ?? wide, locale: 'ko-KR' });
  page.on('pageerror', (error) => console.log(name, 'page error:', error.message));
  page.on('console', (message) => message.type() === 'error' && console.log(name, 'console:', message.text()));
  await page.addInitScript(fixture);
  await page.goto(`http://localhost:4398${look.path ?? '/order'}?${look.query ?? ''}#token=look`);
  try {
    await page.locator('main').waitFor({ timeout: 5000 });
    await page.waitForTimeout(500);
    await look.act?.(page);
    await page.waitForTimeout(300);
  } catch (error) {
    console.log(name, 'not reached:', error.message.split('\n')[0]);
  }
  await page.screenshot({ path: `dev/pictures/${name}.png` });
  await page.close();
}
await browser.close();
await server.close();
