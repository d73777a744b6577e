/** What is kept: one text under one key, so that the stamps and the orders they were given for are written together. */
export interface Card {
  stamps: number;
  /** Stamps given for each of the newest orders. */
  givenFor: [orderId: string, stamps: number][];
}

/** What staff are told after an order. */
export type News = "full" | "changed" | "nothing";

export const STAMPS_FOR_A_DRINK = 10;
/** The till tells of an order again only if the plugin was stopped before it had finished: the newest ones are enough. */
const ORDERS_KEPT = 300;

export const EMPTY_CARD: Card = { stamps: 0, givenFor: [] };

/**
 * The card once `orderId` has exactly `due` stamps, however often this is asked: what was already given is only made up to
 * `due`, and taken back when the order is refunded.
 */
export function settle(card: Card, orderId: string, due: number): { card: Card; news: News } {
  const given = card.givenFor.find(([id]) => id === orderId)?.[1] ?? 0;
  if (given === due) return { card, news: "nothing" };
  const stamps = card.stamps + due - given;
  const others = card.givenFor.filter(([id]) => id !== orderId);
  const settled: Card = { stamps, givenFor: [...others, [orderId, due] as [string, number]].slice(-ORDERS_KEPT) };
  return { card: settled, news: drinksEarned(stamps) > drinksEarned(card.stamps) ? "full" : "changed" };
}

function drinksEarned(stamps: number): number {
  return Math.floor(stamps / STAMPS_FOR_A_DRINK);
}
