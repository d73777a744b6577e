//! Small shops for tests.

use madang_model::shop::Shop;

const CAFE: &str = r#"
key = "cafe"
merchant_id = 1001
name = { ko = "마당 카페", en = "Yard Café" }
business_number = "000-00-00000"
representative = "김마당"
address = "서울 성동구 연무장길 00"
phone = "02-000-0000"
serial_number = "MD-0001"
business = "cafe"

categories = [{ id = 1, title = "커피" }, { id = 2, title = "책" }]

[[items]]
id = 11
title = { ko = "아메리카노", en = "Americano" }
category = 1
price = { id = 111, title = "기본", amount = { minor_units = 4500, currency = "KRW" } }
options = [1]

[[items]]
id = 12
title = "크루아상"
category = 1
price = { id = 112, title = "기본", amount = { minor_units = 4200, currency = "KRW" }, stock = 3 }

[[items]]
id = 13
title = "그림책"
category = 2
price = { id = 113, title = "기본", amount = { minor_units = 10000, currency = "KRW" }, tax_free = true, barcode = "8801234567893" }

[[options]]
id = 1
title = "크기"
choices_min = 1
choices_max = 1
defaults = [1001]
choices = [
  { id = 1001, title = "레귤러", amount = { minor_units = 0, currency = "KRW" } },
  { id = 1002, title = "라지", amount = { minor_units = 500, currency = "KRW" } },
]
"#;

pub fn cafe() -> Shop {
    Shop::from_toml(CAFE).expect("the café")
}
