//! The one table of messages.

use crate::message::{
    AskRule, FORM, LOG, Message, PIECE, SAY, SEND, SHOW, STORE, STREAM, WRITE, WhenSilent,
};

/// Grants that no message asks for: they widen what `http` and `websocket` may do.
pub const GRANTS_BESIDE_MESSAGES: &[&str] = &["tls.insecure", "socket.raw"];

/// The row of the message called `name`.
pub fn find(name: &str) -> Option<&'static Message> {
    MESSAGES.iter().find(|message| message.name == name)
}

const ORDER_SAMPLE: &str = r#"{"order":{"orderKey":"k-1","memo":"빨리","numGuests":2,"discounts":[{"amountMoney":{"value":500},"title":"단골"}],"tableId":1,"lineItems":[{"diningOption":"HERE","item":{"id":1001,"title":"아메리카노","category":{"id":1,"title":"커피"},"code":"AME","type":"ITEM"},"quantity":{"value":2},"chargePrice":{"value":9000},"optionChoices":[{"id":5001,"quantity":1}],"discounts":[],"memo":"연하게"}],"channel":{"groups":["KIOSK"]}}}"#;
const ADD_MENU_SAMPLE: &str = r#"{"id":"173000000000000001","order":{"discounts":[],"lineItems":[{"diningOption":"TOGO","item":{"id":1001,"title":"아메리카노","category":{"id":1,"title":"커피"},"type":"ITEM"},"quantity":{"value":1},"chargePrice":{"value":4500},"optionChoices":[]}]}}"#;
const PAYMENT_SAMPLE: &str = r#"{"order":{"id":"173000000000000001"},"paymentDto":{"sourceType":"CARD","orderId":"173000000000000001","amountMoney":9000,"taxMoney":818,"supplyMoney":8182,"tipMoney":0,"taxExemptMoney":0,"approvedNo":"30012345","approvedAt":"2026-11-22T13:30:00","paymentKey":"pk-1","autocomplete":true,"cardDetails":{"installmentMonth":"00","cardType":"CREDIT","cardBrand":"현대","cardNo":"433012******1234","source":"현대카드","sourceId":"0302","van":"NICE"}}}"#;
const LINE_SAMPLE: &str = r#"{"lineItem":{"key":"V1StGXR8_Z5jdHi6B-myT","item":{"id":1001,"title":"아메리카노","category":{"id":1,"title":"커피"},"type":"ITEM","options":[]},"itemPrice":{"isTaxFree":false,"priceType":"FIXED","priceUnit":1,"priceValue":4500,"sku":"AME","title":"기본"},"discount":[{"amountMoney":{"value":500},"title":"단골"}],"memo":"","optionChoices":[{"id":5001,"title":"샷 추가","priceValue":500,"imageUrl":null,"state":"ON_SALE","quantity":1}],"quantity":1,"diningOption":"HERE","metadata":{"memoFixed":false,"optionFixed":false,"quantityFixed":true}}}"#;
const INPUTS_SAMPLE: &str = r#"{"server":{"id":"server","label":"서버 주소","required":true,"type":"text","default":"https://example.com","placeholder":"https://","lengthMax":200,"candidates":[{"text":"예시","value":"https://example.com"}]},"count":{"id":"count","label":"도장 수","required":true,"type":"number","default":10,"min":1,"max":100},"token":{"id":"token","label":"비밀 값","required":false,"type":"password","default":""},"kind":{"id":"kind","label":"종류","required":true,"type":"radio","values":[{"id":"a","label":"가"},{"id":"b","label":"나"}],"default":"a"},"days":{"id":"days","label":"요일","required":false,"type":"checkbox","values":[{"id":"mon","label":"월"},{"id":"tue","label":"화"}],"default":["mon"]},"on":{"id":"on","label":"사용","required":true,"type":"toggle","default":true},"volume":{"id":"volume","label":"소리","required":true,"type":"slider","default":5,"min":0,"max":10,"step":1},"reset":{"id":"reset","text":"처음부터","type":"danger"}}"#;

const BEFORE_CANCEL_RULE: AskRule = AskRule {
    deadline_ms: 5_000,
    when_silent: WhenSilent::Allow,
    reason: "the SDK answers “allowed” by itself without a handler, and a guard that hangs must not keep a guest from the money",
};
const PAY_RULE: AskRule = AskRule {
    deadline_ms: 60_000,
    when_silent: WhenSilent::Refuse,
    reason: "a guest may have to confirm on a telephone; money that nobody confirmed is not paid",
};
const HEALTH_RULE: AskRule = AskRule {
    deadline_ms: 500,
    when_silent: WhenSilent::Refuse,
    reason: "the SDK answers only when a callback exists, so silence is the ordinary “no”",
};
const PREFILL_RULE: AskRule = AskRule {
    deadline_ms: 5_000,
    when_silent: WhenSilent::Allow,
    reason: "the form opens empty, as without the plugin",
};

/// Every message, plugin to till first.
pub static MESSAGES: &[Message] = &[
    Message::to_host("plugin.info.request", "{}", "{}")
        .gives(&["name", "version"])
        .says("플러그인의 이름과 버전", "the plugin's own name and version"),
    Message::to_host("merchant.info.request", "{}", "{}")
        .needs("merchant.read")
        .gives(&["merchant"])
        .says("매장 정보", "the shop"),
    Message::to_host("device.info.request", "{}", "{}")
        .needs("device.read")
        .gives(&["device"])
        .says("기기와 영업 방식", "the till and how the shop sells"),
    Message::to_host("catalog-item.get.request", "{catalog: {id: number}}", r#"{"catalog":{"id":1001}}"#)
        .needs("catalog.read")
        .gives(&["catalog"])
        .says("상품 하나", "one item of the menu"),
    Message::to_host("catalog-item.list.request", "{}", "{}")
        .needs("catalog.read")
        .gives(&["catalogs"])
        .says("모든 상품", "every item of the menu"),
    Message::to_host("catalog-category.get.request", "{category: {id: number}}", r#"{"category":{"id":1}}"#)
        .needs("catalog.read")
        .gives(&["category"])
        .says("카테고리 하나", "one category"),
    Message::to_host("catalog-category.list.request", "{}", "{}")
        .needs("catalog.read")
        .gives(&["categories"])
        .says("모든 카테고리", "every category"),
    Message::to_host("catalog-item-option.get.request", "{option: {id: number}}", r#"{"option":{"id":1}}"#)
        .needs("catalog.read")
        .gives(&["option"])
        .says("옵션 하나", "one option group"),
    Message::to_host("catalog-item-option.list.request", "{}", "{}")
        .needs("catalog.read")
        .gives(&["options"])
        .says("모든 옵션", "every option group"),
    Message::to_host("hall.list.request", "{}", "{}")
        .needs("table.read")
        .gives(&["halls"])
        .says("모든 홀", "every hall"),
    Message::to_host("table.list.request", "{}", "{}")
        .needs("table.read")
        .gives(&["tables"])
        .says("모든 테이블과 열린 주문", "every table with its open order"),
    Message::to_host("table.get.request", "{table: {id: number}}", r#"{"table":{"id":1}}"#)
        .needs("table.read")
        .gives(&["table"])
        .says("테이블 하나와 열린 주문", "one table with its open order"),
    Message::to_host("order.get.request", "{id: string}", r#"{"id":"173000000000000001"}"#)
        .needs("order.read")
        .gives(&["order"])
        .says("주문 하나", "one order"),
    Message::to_host(
        "order.get-list.request",
        "{start, end: ISO text, local text or ms; page: number from 1; size: number; orderStates?: state[]}",
        r#"{"start":"2026-11-21T15:00:00.000Z","end":"2026-11-22T23:59:59","page":1,"size":100,"status":["OPENED"],"orderStates":["OPENED"],"states":["OPENED","PAID","CANCELLED","COMPLETED","REFUNDED"]}"#,
    )
    .needs("order.read")
    .gives(&["orders"])
    .says("기간의 주문, 한 쪽씩", "orders of a span of time, page by page"),
    Message::to_host(
        "order.search.request",
        "{tableId?: number; orderState?: state; start?, end?: moment; page?, size?: number}",
        r#"{"tableId":1,"orderState":"OPENED","start":"2026-11-22T00:00:00","end":1763827200000,"page":1,"size":20}"#,
    )
    .needs("order.read")
    .gives(&["orders"])
    .says("조건에 맞는 주문", "orders by table, state and time"),
    Message::to_host("order.add.request", "{order: PluginOrderDto}", ORDER_SAMPLE)
        .needs("order.write")
        .gives(&["order"])
        .within(WRITE)
        .says("주문 넣기", "places an order"),
    Message::to_host("order.add-menu.request", "{id: string; order: PluginOrderDto}", ADD_MENU_SAMPLE)
        .needs("order.write")
        .gives(&["order"])
        .within(WRITE)
        .says("주문에 메뉴 추가", "adds lines to an order"),
    Message::to_host("order.cancel.request", "{id: string}", r#"{"id":"173000000000000001"}"#)
        .needs("order.cancel")
        .within(WRITE)
        .says("주문 취소 (결제는 그대로)", "calls an order off; its payments stay"),
    Message::to_host("order.complete.request", "{id: string}", r#"{"id":"173000000000000001"}"#)
        .needs("order.write")
        .gives(&["order"])
        .within(WRITE)
        .says("주문 완료 (후불 매장)", "completes an order, at pay-later shops"),
    Message::to_host("payment.get.request", "{id: string}", r#"{"id":"173000000000000002"}"#)
        .needs("payment.read")
        .gives(&["payment"])
        .says("결제 하나", "one payment"),
    Message::to_host("payment.add.request", "{order: {id: string}; paymentDto: PluginPaymentDto}", PAYMENT_SAMPLE)
        .needs("payment.write")
        .gives(&["payment"])
        .within(WRITE)
        .hides(&["/paymentDto/cashReceipt/identityNumber"])
.says("결제 기록", "records a payment made elsewhere"),
    Message::to_host(
        "payment.cancel.request",
        "{order: {id: string}; payment: {id: string}}",
        r#"{"order":{"id":"173000000000000001"},"payment":{"id":"173000000000000002"}}"#,
    )
    .needs("payment.cancel")
    .within(WRITE)
    .says("결제 취소", "gives a payment back"),
    Message::to_host(
        "payment.method.add",
        "{id: string; image: string; paymentName: string}",
        r#"{"id":"pay","image":"https://example.com/pay.png","paymentName":"마당페이"}"#,
    )
    .silent()
    .needs("payment-method.add")
    .within(FORM)
    .not_yet()
    .says("결제 수단 추가", "adds a payment method of the plugin's own"),
    Message::to_host(
        "cash-receipt.issue.request",
        "{orderId, issueDate, issueNumber, cardNumber: string; amount: number}",
        r#"{"orderId":"173000000000000001","amount":9000,"issueDate":"2026-11-22","issueNumber":"01012345678","cardNumber":""}"#,
    )
    .needs("cash-receipt.issue")
    .within(WRITE)
    .not_yet()
    .hides(&["/issueNumber", "/cardNumber"])
.says("현금영수증 발급", "issues a cash receipt"),
    Message::to_host("draft-order.get.request", "{}", "{}")
        .needs("draft-order.read")
        .gives(&["draftOrder"])
        .says("장바구니", "the cart"),
    Message::to_host("draft-order.clear.request", "{}", "{}")
        .needs("draft-order.write")
        .within(WRITE)
        .says("장바구니 비우기", "empties the cart"),
    Message::to_host("draft-order.add-line-item.request", "{lineItem: PluginDraftOrderItemDto}", LINE_SAMPLE)
        .needs("draft-order.write")
        .gives(&["draftOrder"])
        .within(WRITE)
        .says("장바구니에 담기", "puts a line into the cart"),
    Message::to_host("draft-order.delete-line-item.request", "{key: string}", r#"{"key":"V1StGXR8_Z5jdHi6B-myT"}"#)
        .needs("draft-order.write")
        .gives(&["draftOrder"])
        .within(WRITE)
        .says("장바구니에서 빼기", "takes a line out of the cart"),
    Message::to_host(
        "draft-order.update-item-quantity.request",
        "{key: string; quantity: number}",
        r#"{"key":"V1StGXR8_Z5jdHi6B-myT","quantity":3}"#,
    )
    .needs("draft-order.write")
    .gives(&["draftOrder"])
    .within(WRITE)
    .says("수량 바꾸기", "changes how many"),
    Message::to_host(
        "draft-order.update-item-memo.request",
        "{key: string; memo: string}",
        r#"{"key":"V1StGXR8_Z5jdHi6B-myT","memo":"얼음 적게"}"#,
    )
    .needs("draft-order.write")
    .gives(&["draftOrder"])
    .within(WRITE)
    .says("메모 바꾸기", "changes the word for the kitchen"),
    Message::to_host(
        "draft-order.update-item-option-choices.request",
        "{key: string; optionChoices: PluginOrderItemOptionChoice[]}",
        r#"{"key":"V1StGXR8_Z5jdHi6B-myT","optionChoices":[{"id":5001,"title":"샷 추가","priceValue":500,"imageUrl":null,"state":"ON_SALE","quantity":2}]}"#,
    )
    .needs("draft-order.write")
    .gives(&["draftOrder"])
    .within(WRITE)
    .says("옵션 바꾸기", "changes the choices of a line"),
    Message::to_host("draft-order.update-is-ignore-print.request", "{ignorePrint: boolean}", r#"{"ignorePrint":true}"#)
        .needs("draft-order.write")
        .gives(&["draftOrder"])
        .within(WRITE)
        .says("주방 출력 끄기", "leaves kitchen tickets out"),
    Message::to_host("draft-order.delete-discount.request", "{indexOfDiscount: number}", r#"{"indexOfDiscount":0}"#)
        .needs("draft-order.write")
        .gives(&["draftOrder"])
        .within(WRITE)
        .says("전체 할인 빼기", "takes a discount of the whole back"),
    Message::to_host(
        "draft-order.delete-item-discount.request",
        "{key: string; indexOfDiscount: number}",
        r#"{"key":"V1StGXR8_Z5jdHi6B-myT","indexOfDiscount":0}"#,
    )
    .needs("draft-order.write")
    .gives(&["draftOrder"])
    .within(WRITE)
    .says("줄 할인 빼기", "takes a discount of a line back"),
    Message::to_host("draft-order.start-payment", "{}", "{}")
        .needs("draft-order.write")
        .within(WRITE)
        .says("결제 화면 열기", "opens the payment sheet"),
    Message::to_host("kds-order-item.get-list.request", "not known", r#"{"page":1,"size":20}"#)
        .needs("kds.read")
        .gives(&["contents", "last", "totalElements"])
        .not_yet()
        .says("주방 주문", "kitchen tickets"),
    Message::to_host(
        "http.request",
        "{url: string; method: string; payload?: any; headers: [string, string][]; timeoutMs?: number; rejectUnauthorized?: boolean}",
        r#"{"url":"https://example.com/orders","method":"POST","payload":{"id":"1","memo":"안녕"},"headers":[["Content-Type","application/json"]]}"#,
    )
    .needs("http.send")
    .gives(&["body", "headers", "code"])
    .within(SEND)
    .with_headers()
    .says("서버 호출", "calls a server"),
    Message::to_host(
        "madang.fetch.start.request",
        "{id: number; url, method: string; headers?: [string, string][]; text? or bytes?: base64 or streams?: boolean or length?: number; redirect?: follow|manual|error}",
        r#"{"id":1,"url":"https://example.com/orders","method":"POST","headers":[["content-type","application/json"]],"text":"{}","redirect":"follow"}"#,
    )
    .needs("http.send")
    .gives(&["status", "headers", "url", "redirected", "hasBody"])
    .within(SEND)
    .shortens(&["/text"])
    .hides(&["/bytes"])
    .with_headers()
    .says("fetch의 시작 (마당의 메시지)", "`fetch` begins; our own message"),
    Message::to_host(
        "madang.fetch.send.request",
        "{id: number; text? or bytes?: base64; end?: boolean}",
        r#"{"id":1,"text":"안녕","end":false}"#,
    )
    .needs("http.send")
    .within(PIECE)
    .shortens(&["/text"])
    .hides(&["/bytes"])
    .says("fetch가 보내는 본문의 조각, 서버가 받아 가면 답함 (마당의 메시지)", "a piece of what a `fetch` sends, answered when it was taken; our own message"),
    Message::to_host("madang.fetch.read.request", "{id: number}", r#"{"id":1}"#)
        .needs("http.send")
        .gives(&["text or bytes", "end"])
        .within(STREAM)
        .shortens(&["/text"])
        .hides(&["/bytes"])
        .says("fetch의 다음 조각 (마당의 메시지)", "the next piece of a `fetch`; our own message"),
    Message::to_host(
        "madang.fetch.cancel",
        "{id: number; timedOut?: boolean}",
        r#"{"id":1,"timedOut":true}"#,
    )
        .silent()
        .needs("http.send")
        .within(STREAM)
        .says("fetch를 그만둠 (마당의 메시지)", "a `fetch` is given up; our own message"),
    Message::to_host(
        "madang.websocket.open.request",
        "{id: number; url: string; protocols?: string[]}",
        r#"{"id":1,"url":"wss://example.com/live","protocols":["chat"]}"#,
    )
    .needs("websocket.connect")
    .gives(&["protocol"])
    .within(FORM)
    .says("WebSocket 열기 (마당의 메시지)", "opens a `WebSocket`; our own message"),
    Message::to_host(
        "madang.websocket.send.request",
        "{id: number; text or bytes: base64; isText?: true for text in bytes}",
        r#"{"id":1,"text":"안녕"}"#,
    )
    .needs("websocket.connect")
    .within(SAY)
    .shortens(&["/text"])
    .hides(&["/bytes"])
    .says("WebSocket으로 보내기 (마당의 메시지)", "sends over a `WebSocket`; our own message"),
    Message::to_host(
        "madang.websocket.close",
        "{id: number; code?: number; reason?: string}",
        r#"{"id":1,"code":1000,"reason":"done"}"#,
    )
    .silent()
    .needs("websocket.connect")
    .within(SEND)
    .says("WebSocket 닫기 (마당의 메시지)", "closes a `WebSocket`; our own message"),
    Message::to_host(
        "websocket.connect.request",
        "{url: string; headers?: object; timeout?: number; rejectUnauthorized?: boolean}",
        r#"{"url":"wss://example.com/","headers":{"Authorization":"t"},"timeout":5000}"#,
    )
    .needs("websocket.connect")
    .within(FORM)
    .with_headers()
    .says("웹소켓 연결", "opens a WebSocket"),
    Message::to_host("websocket.disconnect.request", "{url: string}", r#"{"url":"wss://example.com/"}"#)
        .needs("websocket.connect")
        .within(FORM)
        .says("웹소켓 끊기", "closes a WebSocket"),
    Message::to_host(
        "websocket.send",
        "{url: string; data: string; option?: any}",
        r#"{"url":"wss://example.com/","data":"안녕"}"#,
    )
    .silent()
    .needs("websocket.connect")
    .within(SEND)
    .shortens(&["/data"])
    .says("웹소켓으로 보내기", "sends over a WebSocket"),
    Message::to_host("storage.get.request", "{key: string}", r#"{"key":"stamps"}"#)
        .needs("storage.use")
        .gives(&["value"])
        .within(STORE)
        .says("저장한 값 읽기", "reads a kept value"),
    Message::to_host("storage.set.request", "{key: string; value: string}", r#"{"key":"stamps","value":"{\"010\":3}"}"#)
        .needs("storage.use")
        .within(STORE)
        .says("값 저장", "keeps a value"),
    Message::to_host("storage.delete.request", "{key: string}", r#"{"key":"stamps"}"#)
        .needs("storage.use")
        .within(STORE)
        .says("저장한 값 지우기", "forgets a value"),
    Message::to_host("secure-store.get.request", "{key: string}", r#"{"key":"token"}"#)
        .needs("secure-store.use")
        .gives(&["value"])
        .within(STORE)
        .hides(&["/value"])
.says("암호화한 값 읽기", "reads a sealed value"),
    Message::to_host("secure-store.set.request", "{key: string; value: string}", r#"{"key":"token","value":"abc"}"#)
        .needs("secure-store.use")
        .within(STORE)
        .hides(&["/value"])
.says("암호화해 저장", "keeps a value sealed"),
    Message::to_host("secure-store.delete.request", "{key: string}", r#"{"key":"token"}"#)
        .needs("secure-store.use")
        .within(STORE)
        .says("암호화한 값 지우기", "forgets a sealed value"),
    Message::to_host("setting.set-inputs.request", "map of input id to input, not an array", INPUTS_SAMPLE)
        .needs("setting.use")
        .within(FORM)
        .says("설정 화면 그리기", "declares the settings form"),
    Message::to_host("setting.values.request", "{}", "{}")
        .needs("setting.use")
        .gives(&["settings"])
        .says("설정 값", "what staff set"),
    Message::to_host(
        "popup.request",
        "{type: \"barcode\"; productName} or {type: \"input\"; title, description?, inputs, cta}",
        r#"{"type":"barcode","productName":"아메리카노"}"#,
    )
    .needs("ui.popup")
    .gives(&["type", "data"])
    .within(FORM)
    .not_yet()
    .says("입력 창", "asks staff in a window"),
    Message::to_host("power-saver.start-blocking.request", "{}", "{}")
        .needs("power-saver.block")
        .within(FORM)
        .says("화면 켜 두기", "keeps the screen awake"),
    Message::to_host("power-saver.stop-blocking.request", "{}", "{}")
        .needs("power-saver.block")
        .within(FORM)
        .says("화면 켜 두기 끝", "lets the screen sleep again"),
    Message::to_host("power-saver.is-blocked.request", "{}", "{}")
        .needs("power-saver.block")
        .gives(&["isBlocked"])
        .says("화면을 켜 두는지", "whether the screen is kept awake"),
    Message::to_host("barcode.send.request", "{barcode: string}", r#"{"barcode":"8801234567893"}"#)
        .needs("barcode.send")
        .within(SHOW)
        .says("바코드 넘기기", "hands a barcode to the till as if scanned"),
    Message::to_host(
        "toast.open",
        "1: {message}; 2: {message; level: error|warn|success; button?: {id, text}}",
        r#"{"message":"도장 10개를 모았어요","level":"success","button":{"id":"b1","text":"보기"}}"#,
    )
    .versions(&[1, 2])
    .silent()
    .needs("toast.show")
    .within(SHOW)
    .says("짧은 알림", "a short message on the screen"),
    Message::to_host("alert.open", "as the caller wrote it; the shape is not known", r#"{"title":"알림","message":"확인해 주세요"}"#)
        .silent()
        .needs("ui.alert")
        .within(SHOW)
        .says("경고 창", "an alert"),
    Message::to_host("sound.play", "as the caller wrote it; the shape is not known", r#"{"name":"bell"}"#)
        .silent()
        .needs("ui.sound")
        .within(SHOW)
        .says("소리", "a sound"),
    Message::to_host(
        "navigation.navigate",
        "{page: \"business-type-setting\"} or {page: \"plugin-tab\"; packageName: string}",
        r#"{"page":"plugin-tab","packageName":"stamp-card"}"#,
    )
    .silent()
    .needs("ui.navigate")
    .within(SHOW)
    .says("다른 화면으로", "moves to another screen"),
    Message::to_host(
        "plugin.unicast.send",
        "{from: string; to: string; message: any}",
        r#"{"from":"stamp-card","to":"order-mirror","message":{"stamps":3}}"#,
    )
    .silent()
    .needs("unicast.send")
    .within(SEND)
    .says("다른 플러그인에 보내기", "sends a message to another plugin"),
    Message::to_host(
        "log",
        "{type: string; log: {title, timestamp, contents, level, …}}",
        r#"{"type":"debug","log":{"title":"eventMessage","timestamp":"2026-11-22T04:30:00.000Z","contents":{"name":"order.get.request","callbackId":"a1b2c3d4e5"},"level":"LOG","phase":"unknown"}}"#,
    )
    .silent()
    .within(LOG)
    .says("SDK의 기록", "a line of the SDK's log"),
    Message::answer(
        "payment.event.response",
        "{complete: true; event} or {complete: false; errorMessage}",
        r#"{"complete":false,"errorMessage":"10만원 이상은 점장만 취소할 수 있어요"}"#,
    )
    .needs("payment.veto")
    .says("결제 취소를 막을지", "whether a payment may be cancelled"),
    Message::answer(
        "payment.method.event.response",
        "{event; id; complete; paymentDto? | cancelledPaymentDto? | errorMessage?}",
        r#"{"event":"pay","id":"pay","complete":true,"paymentDto":{"approvedAt":"2026-11-22T13:30:00","approvedNo":"","paymentKey":"pk"}}"#,
    )
    .needs("payment-method.add")
    .not_yet()
    .says("자체 결제의 결과", "what became of the plugin's own payment"),
    Message::answer("catalog-item.before-add-health-check.response", "{}", "{}")
        .needs("catalog.prefill")
        .not_yet()
        .says("상품 등록을 돕는지", "whether it helps with new items"),
    Message::answer(
        "catalog-item.event.response",
        "{complete: true; event; payload: {initialValue}} or {complete: false; errorMessage}",
        r#"{"complete":true,"event":"before-add","payload":{"initialValue":{"title":"라떼"}}}"#,
    )
    .needs("catalog.prefill")
    .not_yet()
    .says("새 상품의 처음 값", "first values for a new item"),
    Message::to_plugin("catalog-item.change.event", "{event: add|update|delete; catalog: {id}}", r#"{"event":"update","catalog":{"id":1001}}"#)
        .needs("catalog.read")
        .says("상품이 바뀜", "an item changed"),
    Message::to_plugin("catalog-category.change.event", "{event: add|update|delete; category: {id}}", r#"{"event":"update","category":{"id":1}}"#)
        .needs("catalog.read")
        .says("카테고리가 바뀜", "a category changed"),
    Message::to_plugin(
        "catalog-item-option.change.event",
        "{event: add|update|delete|sold-out|on-sale; option: {id}}",
        r#"{"event":"sold-out","option":{"id":1}}"#,
    )
    .needs("catalog.read")
    .says("옵션이 바뀜", "an option group changed"),
    Message::to_plugin(
        "order.change.event",
        "{event: add|update|accept|decline|expire|complete|cancel; order: {id}}",
        r#"{"event":"add","order":{"id":"173000000000000001"}}"#,
    )
    .needs("order.read")
    .says("주문이 바뀜", "an order changed"),
    Message::to_plugin(
        "payment.change.event",
        "{event: paid|cancel; payment: {id}; order: {id}}",
        r#"{"event":"paid","payment":{"id":"173000000000000002"},"order":{"id":"173000000000000001"}}"#,
    )
    .needs("payment.read")
    .says("결제되거나 취소됨", "a payment was made or cancelled"),
    Message::to_plugin(
        "table.change.event",
        "{event: add|update|delete|clear|order-add|order-update; table: {id}}, move: {event; order; from; to}, merge: {event; from; to}",
        r#"{"event":"order-add","table":{"id":1}}"#,
    )
    .needs("table.read")
    .says("테이블이 바뀜", "a table changed"),
    Message::to_plugin("kds-order-item.change.event", "{event; kdsOrder: {id}}", r#"{"event":"update","kdsOrder":{"id":"1"}}"#)
        .needs("kds.read")
        .not_yet()
        .says("주방 주문이 바뀜", "a kitchen ticket changed"),
    Message::to_plugin(
        "draft-order.change.event",
        "{event: update|clear; draftOrder: the whole cart}",
        r#"{"event":"update","draftOrder":{"lineItems":[],"price":{"orderPriceValue":0}}}"#,
    )
    .needs("draft-order.read")
    .says("장바구니가 바뀜 (전체를 보냄)", "the cart changed; carries all of it"),
    Message::to_plugin("setting.change.event", "ignored", r#"{"event":"change"}"#)
        .needs("setting.use")
        .says("설정이 바뀜", "a setting changed"),
    Message::to_plugin("madang.setting.button.event", "{id: string}", r#"{"id":"reset"}"#)
        .needs("setting.use")
        .says("설정의 버튼을 누름 (마당의 메시지)", "a button among the settings was pressed; our own message"),
    Message::to_plugin("barcode.event", "{barcode: string}", r#"{"barcode":"8801234567893"}"#)
        .needs("barcode.scan")
        .says("바코드를 스캔함", "a barcode was scanned"),
    Message::to_plugin("toast.click", "ignored", "{}")
        .needs("toast.show")
        .says("알림을 누름", "a toast was tapped"),
    Message::to_plugin("toast.button.click", "{id: string}", r#"{"id":"b1"}"#)
        .needs("toast.show")
        .says("알림의 버튼을 누름", "a toast's button was pressed"),
    Message::to_plugin(
        "plugin.unicast.event",
        "{from: string; to: string; message: any}",
        r#"{"from":"stamp-card","to":"order-mirror","message":{"stamps":3}}"#,
    )
    .needs("unicast.receive")
    .says("다른 플러그인이 보냄", "another plugin sent something"),
    Message::to_plugin(
        "websocket.event",
        "{url; event: open|close|message|error; code?; data?; errorName?; errorMessage?}",
        r#"{"url":"wss://example.com/","event":"message","data":"안녕"}"#,
    )
    .needs("websocket.connect")
    .shortens(&["/data"])
    .says("웹소켓에서 온 것", "something came over a WebSocket"),
    Message::to_plugin(
        "madang.websocket.event",
        "{id: number; event: message|closing|close; text? or bytes?: base64; isText?: true for text in bytes; code?: number; reason?: string; wasClean?: boolean}",
        r#"{"id":1,"event":"message","text":"안녕"}"#,
    )
    .needs("websocket.connect")
    .shortens(&["/text"])
    .hides(&["/bytes"])
    .says("WebSocket에서 온 것 (마당의 메시지)", "something came over a `WebSocket`; our own message"),
    Message::ask(
        "payment.event.request",
        "{event: \"before-cancel\"; payload: {order, payment}}",
        r#"{"event":"before-cancel","payload":{"order":{"id":"173000000000000001"},"payment":{"id":"173000000000000002","cardDetails":{"cardNo":"433012******1234"}}}}"#,
        BEFORE_CANCEL_RULE,
    )
    .needs("payment.veto")
    .says("결제를 취소해도 되는지", "may this payment be cancelled?"),
    Message::ask(
        "payment.method.event.request",
        "{event: \"pay\"; id; order; price} or {event: \"cancel\"; id; order; payment}",
        r#"{"event":"pay","id":"pay","order":{"id":"173000000000000001"},"price":{"chargePriceValue":9000}}"#,
        PAY_RULE,
    )
    .needs("payment-method.add")
    .not_yet()
    .says("자체 결제 수단으로 결제", "pay or cancel with the plugin's own method"),
    Message::ask("catalog-item.before-add-health-check.request", "{}", "{}", HEALTH_RULE)
        .needs("catalog.prefill")
        .not_yet()
        .says("상품 등록을 돕는지", "does it help with new items?"),
    Message::ask(
        "catalog-item.event.request",
        "{event: \"before-add\"; payload}",
        r#"{"event":"before-add","payload":{}}"#,
        PREFILL_RULE,
    )
    .needs("catalog.prefill")
    .not_yet()
    .says("새 상품의 처음 값", "first values for a new item?"),
];
