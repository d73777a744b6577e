import type { Order } from '../api/types';
import { go, here } from '../router';
import type { Till } from '../till/till';

/** True when an order can go back into the cart: nothing of it is paid, held or served at a table. */
export function isUntouched(order: Order): boolean {
  return order.state === 'opened' && order.table_id == null && order.paid === 0 && order.unpaid > 0 && !order.waits_for_terminal;
}

/** Goes to a screen. From a payment that was not begun, the way to the order tab takes the order back into the cart. */
export async function leaveTo(till: Till, path: string): Promise<void> {
  const [, screen, id] = here().path.split('/');
  const order = screen === 'pay' && id !== undefined ? till.store.get().orders[id] : undefined;
  if (path === '/order' && order !== undefined && isUntouched(order) && till.store.get().link === 'open') await till.recall(order);
  go(path);
}
