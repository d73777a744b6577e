import type { Choice, Chosen, Item, Line, OptionGroup } from '../api/types';

/** How many of each choice are chosen; what is not in it is not chosen. */
export type Selection = ReadonlyMap<number, number>;

/** How a group stands: what is missing, and whether more may be chosen. */
export interface GroupState {
  count: number;
  missing: number;
  isFull: boolean;
}

/** The groups that an item asks for, in its order. */
export function groupsOf(item: Item, options: readonly OptionGroup[]): OptionGroup[] {
  const byId = new Map(options.map((group) => [group.id, group]));
  return item.option_ids.flatMap((id) => byId.get(id) ?? []);
}

/** What is chosen when nobody says otherwise. */
export function defaults(groups: readonly OptionGroup[]): Selection {
  const selection = new Map<number, number>();
  for (const group of groups) {
    for (const id of group.default_choice_ids) {
      if (group.choices.some((choice) => choice.id === id && isOnSale(choice))) selection.set(id, 1);
    }
  }
  return selection;
}

/** What a line of the cart has chosen. */
export function chosenOn(line: Line): Selection {
  return new Map(line.choices.map((choice) => [choice.id, choice.quantity]));
}

/** How a group stands with a selection. */
export function groupState(group: OptionGroup, selection: Selection): GroupState {
  const count = countIn(group, selection);
  const most = group.choices_max ?? undefined;
  return { count, missing: Math.max(0, group.choices_min - count), isFull: most !== undefined && count >= most };
}

/** True when every group has at least its fewest and at most its most choices, all of them to be had. */
export function isAnswered(groups: readonly OptionGroup[], selection: Selection): boolean {
  return groups.every((group) => {
    const count = countIn(group, selection);
    const most = group.choices_max ?? Number.POSITIVE_INFINITY;
    const allOnSale = group.choices.every((choice) => !selection.has(choice.id) || isOnSale(choice));
    return count >= group.choices_min && count <= most && allOnSale;
  });
}

/** True for a group of which exactly one or at most one is chosen: a tap then moves the choice. */
export function isSingle(group: OptionGroup): boolean {
  return group.choices_max === 1;
}

/** A tap on a choice: chooses it, moves a single choice, or takes it back where that leaves enough. */
export function toggle(group: OptionGroup, selection: Selection, choice: Choice): Selection {
  if (!isOnSale(choice)) return selection;
  const next = new Map(selection);
  if (selection.has(choice.id)) {
    if (isSingle(group) && group.choices_min === 1) return selection;
    next.delete(choice.id);
    return next;
  }
  if (isSingle(group)) for (const other of group.choices) next.delete(other.id);
  else if (groupState(group, selection).isFull) return selection;
  next.set(choice.id, 1);
  return next;
}

/** Sets how often a countable choice is wanted, as far as the group has room. */
export function setCount(group: OptionGroup, selection: Selection, choice: Choice, quantity: number): Selection {
  if (!choice.countable || !isOnSale(choice)) return selection;
  const others = countIn(group, selection) - (selection.get(choice.id) ?? 0);
  const room = (group.choices_max ?? Number.POSITIVE_INFINITY) - others;
  const fits = Math.max(0, Math.min(quantity, room));
  const next = new Map(selection);
  if (fits === 0) next.delete(choice.id);
  else next.set(choice.id, fits);
  return next;
}

/** True when a tap on the choice would do something. */
export function canChoose(group: OptionGroup, selection: Selection, choice: Choice): boolean {
  if (!isOnSale(choice)) return false;
  return selection.has(choice.id) || isSingle(group) || !groupState(group, selection).isFull;
}

/** The price of one with what is chosen. */
export function unitAmount(item: Item, groups: readonly OptionGroup[], selection: Selection): number {
  const added = groups.flatMap((group) => group.choices).reduce((sum, choice) => sum + choice.amount * (selection.get(choice.id) ?? 0), 0);
  return item.amount + added;
}

/** A selection as the till is asked for it, in the order of the menu. */
export function asChosen(groups: readonly OptionGroup[], selection: Selection): Chosen[] {
  return groups
    .flatMap((group) => group.choices)
    .flatMap((choice) => {
      const quantity = selection.get(choice.id);
      return quantity === undefined ? [] : [{ id: choice.id, quantity }];
    });
}

function isOnSale(choice: Choice): boolean {
  return choice.sale_state === 'on_sale';
}

function countIn(group: OptionGroup, selection: Selection): number {
  return group.choices.reduce((sum, choice) => sum + (selection.get(choice.id) ?? 0), 0);
}
