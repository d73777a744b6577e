//! Chance is handed in, so that the same seed gives the same delays.

use rand_chacha::{
    ChaCha12Rng,
    rand_core::{Rng, SeedableRng},
};

use crate::lock::Lock;

/// Where random numbers come from.
pub trait Chance: Send + Sync {
    /// A number from 0 to below `bound`, each as likely as the other; 0 when `bound` is 0.
    fn below(&self, bound: u64) -> u64;
}

/// Chance that a seed decides: the binary seeds it from the system, a test with a number of its own.
pub struct SeededChance {
    stream: Lock<ChaCha12Rng>,
}

impl SeededChance {
    /// The chance of `seed`.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self {
            stream: Lock::new(ChaCha12Rng::from_seed(seed)),
        }
    }
}

impl Chance for SeededChance {
    fn below(&self, bound: u64) -> u64 {
        let drawn = self.stream.with(Rng::next_u64);
        // The upper half of the product: no division, and a bias below one in 2^64 / bound.
        let scaled = (u128::from(drawn) * u128::from(bound)) >> u64::BITS;
        u64::try_from(scaled).expect("the upper half of a product of two u64 is a u64")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u8, bound: u64) -> Vec<u64> {
        let chance = SeededChance::from_seed([seed; 32]);
        (0..1_000).map(|_| chance.below(bound)).collect()
    }

    #[test]
    fn the_same_seed_says_the_same_and_another_something_else() {
        assert_eq!(drawn(1, 1_000), drawn(1, 1_000));
        assert_ne!(drawn(1, 1_000), drawn(2, 1_000));
    }

    #[test]
    fn every_number_below_the_bound_comes_and_no_other() {
        for bound in [1, 2, 7] {
            let mut seen = drawn(1, bound);
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen, (0..bound).collect::<Vec<_>>(), "bound {bound}");
        }
        assert!(drawn(1, 0).iter().all(|number| *number == 0));
        assert!(
            drawn(1, u64::MAX)
                .iter()
                .any(|number| *number > u64::MAX / 2)
        );
    }
}
