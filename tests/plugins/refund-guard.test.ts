import { beforeEach, expect, test, vi } from "vitest";
import { SmallTill } from "./small-till.js";

beforeEach(() => void vi.useFakeTimers());

const allowed = { complete: true, event: "before-cancel" };
const refused = (limit: string) => ({ complete: false, errorMessage: `${limit}원이 넘는 결제는 점장만 취소할 수 있습니다` });

test.each([
  [undefined, 50_000, allowed],
  [undefined, 50_001, refused("50,000")],
  [9_000, 9_000, allowed],
  [9_000, 9_001, refused("9,000")],
  [0, 1, refused("0")],
])("with the limit %s a payment of %i", async (limit, amount, expected) => {
  const till = new SmallTill();
  await till.start("refund-guard");
  if (limit !== undefined) till.settings.set("limit", limit);
  expect(await till.mayCancel(amount)).toEqual(expected);
});

test("a limit that cannot be read forbids", async () => {
  const till = new SmallTill();
  await till.start("refund-guard");
  till.refused.add("setting.values.request");
  expect(await till.mayCancel(1)).toMatchObject({ complete: false, errorMessage: expect.stringContaining("읽지 못해") as string });
});
