//! Sales of a café, row by row: the same seed gives the same rows on every machine.

use std::io::Write as _;

/// The first line of a file.
pub const HEADER: &str = "id,code,title,price,quantity,rate,tax_free,sold_on,sold_at,memo\n";

const TITLES: [&str; 8] = [
    "아이스 아메리카노",
    "카페라떼",
    "바닐라 라떼",
    "자몽 허니 블랙티",
    "딸기 요거트 스무디",
    "에스프레소 더블",
    "콜드브루",
    "초코 크루아상",
];

/// Mostly nothing is said; one of eight has the separator in it and stands in quotes.
const MEMOS: [&str; 8] = [
    "",
    "",
    "얼음 많이 담아 주세요",
    "no ice",
    "포장",
    "less sugar",
    "회원 적립",
    "\"얼음 적게, 컵 두 개\"",
];

/// Rows without an end.
pub struct Sales {
    chance: u64,
    /// The number of the last row.
    pub id: u64,
    /// The sum of all prices so far, by which a table is known to hold them all.
    pub price_sum: u64,
}

impl Sales {
    /// The rows of a seed.
    pub fn new(seed: u64) -> Self {
        Self {
            chance: seed,
            id: 0,
            price_sum: 0,
        }
    }

    /// Puts the next row at the end of a text, its line end included.
    pub fn next_into(&mut self, text: &mut Vec<u8>) {
        self.id += 1;
        let id = self.id;
        let bits = self.bits();
        let title = TITLES[(bits & 7) as usize];
        let memo = MEMOS[(bits >> 3 & 7) as usize];
        let price = (bits >> 6) % 90 * 100 + 1000;
        self.price_sum += price;
        let (quantity, tax_free) = (
            (bits >> 13) % 12,
            if bits >> 17 & 3 == 0 { "Y" } else { "N" },
        );
        let (percent, hundredth) = ((bits >> 19) % 50, (bits >> 25) % 100);
        let (month, day) = ((bits >> 32) % 12 + 1, (bits >> 36) % 28 + 1);
        let (hour, minute, second) = ((bits >> 41) % 24, (bits >> 46) % 60, (bits >> 52) % 60);
        writeln!(
            text,
            "{id},A-{:08},{title},{price},{quantity},{percent}.{hundredth:02},{tax_free},2026-{month:02}-{day:02},2026-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02},{memo}",
            id * 7 % 100_000_000,
        )
        .expect("memory takes every byte");
    }

    /// SplitMix64: by Steele, Lea and Flood, 2014.
    fn bits(&mut self) -> u64 {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.chance ^ self.chance >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

#[cfg(test)]
mod tests {
    use super::{HEADER, Sales};

    #[test]
    fn a_seed_gives_the_same_rows_of_the_width_that_is_told() {
        let rows = |seed| {
            let (mut sales, mut text) = (Sales::new(seed), Vec::new());
            (0..10_000).for_each(|_| sales.next_into(&mut text));
            (text, sales.price_sum)
        };
        let (text, _) = rows(7);
        assert_eq!(rows(7), rows(7));
        assert_ne!(rows(7), rows(8));
        assert!(
            (940_000..990_000).contains(&text.len()),
            "{} bytes",
            text.len()
        );
        let whole = [HEADER.as_bytes(), &text].concat();
        let mut reader = csv::Reader::from_reader(&whole[..]);
        let records: Vec<_> = reader
            .records()
            .collect::<Result<_, _>>()
            .expect("it is CSV");
        assert_eq!((records.len(), records[9_999].len()), (10_000, 10));
    }
}
