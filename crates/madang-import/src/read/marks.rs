//! Where in a text the few bytes stand that mean something, one bit a byte.
//!
//! Found for many bytes at once by ordinary code that the compiler turns into vector instructions; it is several times what asking each byte costs,
//! and needs neither `unsafe` nor another crate.

/// The marked bytes of a text, to be gone through in order.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    words: Vec<u64>,
    word: usize,
    /// What is left of the word.
    bits: u64,
}

/// Bytes to a word.
const WORD: usize = 64;

impl Marks {
    /// Marks every line feed, carriage return and both given bytes. What was marked before is forgotten.
    pub fn mark(&mut self, text: &[u8], first: u8, second: u8) {
        self.words.clear();
        self.words.reserve(text.len() / WORD + 1);
        let (whole, rest) = text.as_chunks::<WORD>();
        let words = whole.iter().map(|bytes| marked(bytes, first, second));
        self.words.extend(words);
        if !rest.is_empty() {
            let mut last = [0; WORD];
            last[..rest.len()].copy_from_slice(rest);
            // Zeros are no text; only what was copied counts, should a zero be marked.
            let inside = u64::MAX >> (WORD - rest.len());
            self.words.push(marked(&last, first, second) & inside);
        }
        self.stand_at(0);
    }

    /// Goes on at a byte.
    pub fn stand_at(&mut self, byte: usize) {
        self.word = byte / WORD;
        let bits = self.words.get(self.word).copied().unwrap_or_default();
        self.bits = bits & (u64::MAX << (byte % WORD));
    }

    /// The next marked byte.
    #[inline(always)]
    pub fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            self.word += 1;
            self.bits = *self.words.get(self.word)?;
        }
        let bit = self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(self.word * WORD + bit)
    }
}

#[inline(always)]
fn marked(bytes: &[u8; WORD], first: u8, second: u8) -> u64 {
    let mut high = [0_u8; WORD];
    for (high, byte) in high.iter_mut().zip(bytes) {
        let is = (*byte == first) | (*byte == second) | (*byte == b'\n') | (*byte == b'\r');
        *high = u8::from(is) << 7;
    }
    let (eights, _) = high.as_chunks::<8>();
    let mut word = 0;
    for (index, eight) in eights.iter().enumerate() {
        // The highest bits of eight bytes, brought together in the highest byte by one multiplication.
        let bits = (u64::from_le_bytes(*eight) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        word |= bits << (index * 8);
    }
    word
}

#[cfg(test)]
mod tests {
    use super::Marks;

    #[test]
    fn all_marked_bytes_are_found_in_order() {
        for len in 0..200_usize {
            let text: Vec<u8> = (0..len)
                .map(|index| b",\"\n\rabcdefg\x00\xff"[index * 7 % 13])
                .collect();
            let expected: Vec<usize> = (0..len)
                .filter(|index| b",\"\n\r".contains(&text[*index]))
                .collect();
            let mut marks = Marks::default();
            marks.mark(&text, b',', b'"');
            for from in [0, len / 3, len] {
                marks.stand_at(from);
                let found: Vec<usize> = std::iter::from_fn(|| marks.next()).collect();
                let expected = expected.iter().filter(|at| **at >= from);
                assert!(expected.eq(&found), "{len} from {from}");
            }
        }
    }
}
