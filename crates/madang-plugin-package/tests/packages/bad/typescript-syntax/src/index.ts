interface 주문 { id: string }
const 번호: number = ;
