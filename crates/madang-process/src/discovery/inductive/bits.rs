//! Relations between activities as rows of bits, and groups of activities.

/// For each of some activities the set of activities it relates to.
#[derive(Clone)]
pub(super) struct Relation {
    count: usize,
    words: usize,
    bits: Vec<u64>,
}

impl Relation {
    pub(super) fn new(count: usize) -> Self {
        let words = count.div_ceil(64);
        Self {
            count,
            words,
            bits: vec![0; count * words],
        }
    }

    pub(super) fn has(&self, from: usize, to: usize) -> bool {
        self.bits[from * self.words + to / 64] >> (to % 64) & 1 == 1
    }

    pub(super) fn add(&mut self, from: usize, to: usize) {
        self.bits[from * self.words + to / 64] |= 1 << (to % 64);
    }

    /// Everything that is reached over any number of steps, at least one.
    pub(super) fn closure(&self) -> Self {
        let mut reached = self.clone();
        let mut through = vec![0; self.words];
        for middle in 0..self.count {
            through.copy_from_slice(&reached.bits[middle * self.words..][..self.words]);
            for from in 0..self.count {
                if reached.has(from, middle) {
                    let row = &mut reached.bits[from * self.words..][..self.words];
                    for (bits, more) in row.iter_mut().zip(&through) {
                        *bits |= more;
                    }
                }
            }
        }
        reached
    }
}

/// Activities put together into groups.
pub(super) struct Groups {
    parent: Vec<usize>,
}

impl Groups {
    /// Each on its own.
    pub(super) fn new(count: usize) -> Self {
        Self {
            parent: (0..count).collect(),
        }
    }

    pub(super) fn join(&mut self, left: usize, right: usize) {
        let (left, right) = (self.root(left), self.root(right));
        // The lower number leads, so that groups stand in the order of their first activity.
        self.parent[left.max(right)] = left.min(right);
    }

    /// For each activity the number of its group, and how many groups there are; in the order of their first activities.
    pub(super) fn numbered(mut self) -> (Vec<usize>, usize) {
        let mut numbers = vec![usize::MAX; self.parent.len()];
        let mut count = 0;
        for activity in 0..self.parent.len() {
            let root = self.root(activity);
            if root == activity {
                numbers[activity] = count;
                count += 1;
            } else {
                numbers[activity] = numbers[root];
            }
        }
        (numbers, count)
    }

    fn root(&mut self, mut activity: usize) -> usize {
        while self.parent[activity] != activity {
            self.parent[activity] = self.parent[self.parent[activity]];
            activity = self.parent[activity];
        }
        activity
    }
}
