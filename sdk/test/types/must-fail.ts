// Proof that `assignable.ts` can fail: each row breaks the declaration in one way, and `tsc` reports an `@ts-expect-error`
// that has no error under it.
import type * as reference from "@tossplace/pos-plugin-sdk";
import type * as ours from "../../src/index.js";
import type { BothWays, StrictOurs, StrictReference } from "./assignable.js";

type With<T, M> = Omit<T, keyof M> & M;
type Compared<T> = BothWays<StrictReference<reference.Order>, StrictOurs<T>>;

// @ts-expect-error: a method is gone
export const methodGone: Compared<Omit<ours.Order, "addMenu">> = true;
// @ts-expect-error: a method is new
export const methodNew: Compared<With<ours.Order, { reopen(id: string): void }>> = true;
// @ts-expect-error: another result
export const otherResult: Compared<With<ours.Order, { cancel(id: string): Promise<number> }>> = true;
// @ts-expect-error: a narrower parameter
export const narrower: Compared<With<ours.Order, { getOrder(id: "1"): Promise<ours.PluginOrder> }>> = true;
// @ts-expect-error: a wider parameter, which assignability one way would let pass
export const wider: Compared<With<ours.Order, { getOrder(id: string | number): Promise<ours.PluginOrder> }>> = true;
// @ts-expect-error: a namespace is gone
export const namespaceGone: BothWays<keyof reference.PosPluginSdk, Exclude<keyof ours.PosPluginSdk, "kdsOrder">> = true;
// The unchanged one passes, so the rows above fail for their own reason.
export const unchanged: Compared<With<ours.Order, Pick<ours.Order, "cancel">>> = true;
