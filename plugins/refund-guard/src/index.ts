import { posPluginSdk } from "@madang/pos-plugin-sdk";

const LIMIT_WON_DEFAULT = 50_000;

posPluginSdk.payment.on("before-cancel", async ({ payment }) => {
  const limitWon = await readLimit();
  if (payment.amountMoney > limitWon) {
    throw new Error(`${limitWon.toLocaleString("ko-KR")}원이 넘는 결제는 점장만 취소할 수 있습니다`);
  }
});

void posPluginSdk.setting.setInputs([
  { type: "number", id: "limit", label: "점장 없이 취소할 수 있는 금액 (원)", required: true, default: LIMIT_WON_DEFAULT, min: 0 },
]);

/** Read each time: a limit that was just lowered holds for the very next cancellation. A guard that cannot read its limit forbids. */
async function readLimit(): Promise<number> {
  const { limit } = await posPluginSdk.setting.getValues<{ limit?: number }>().catch(() => {
    throw new Error("취소 한도를 읽지 못해 취소를 막았습니다. 잠시 뒤 다시 해 보세요");
  });
  return limit ?? LIMIT_WON_DEFAULT;
}
