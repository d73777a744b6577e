//! Which layer each box stands in.

use super::Graph;

/// For each box its layer, counted from the left. Boxes of one layer have no line between them.
pub(super) fn layers(graph: &Graph) -> Vec<usize> {
    let order = order(graph);
    let mut place = vec![0; order.len()];
    for (at, block) in order.iter().enumerate() {
        place[*block] = at;
    }
    // Lines against the order are taken as if they ran with it: that leaves no circle.
    let mut lines: Vec<(usize, usize)> = (graph.lines.iter())
        .filter(|line| line.from != line.to)
        .map(|line| match place[line.from] < place[line.to] {
            true => (line.from, line.to),
            false => (line.to, line.from),
        })
        .collect();
    lines.sort_unstable_by_key(|(from, to)| (place[*from], place[*to]));
    lines.dedup();
    let mut layers = vec![0; order.len()];
    for (from, to) in &lines {
        layers[*to] = layers[*to].max(layers[*from] + 1);
    }
    pull_right(&mut layers, &lines, &order);
    without_gaps(layers)
}

/// A box with more lines to its right than to its left stands as far right as it can.
fn pull_right(layers: &mut [usize], lines: &[(usize, usize)], order: &[usize]) {
    for block in order.iter().rev() {
        let arriving = lines.iter().filter(|(_, to)| to == block).count();
        let leaving = lines.iter().filter(|(from, _)| from == block);
        let next = leaving.clone().map(|(_, to)| layers[*to]).min();
        if let Some(next) = next
            && leaving.count() > arriving
        {
            layers[*block] = next - 1;
        }
    }
}

fn without_gaps(mut layers: Vec<usize>) -> Vec<usize> {
    let mut used = layers.clone();
    used.sort_unstable();
    used.dedup();
    for layer in &mut layers {
        *layer = used.partition_point(|other| *other < *layer);
    }
    layers
}

/// The boxes in an order against which little weight runs: ends are taken from the back, beginnings from the front, and where there
/// is neither, what most leaves and least arrives at.
fn order(graph: &Graph) -> Vec<usize> {
    let count = graph.blocks.len();
    let mut leaving: Vec<u64> = vec![0; count];
    let mut arriving: Vec<u64> = vec![0; count];
    for line in graph.lines.iter().filter(|line| line.from != line.to) {
        leaving[line.from] = leaving[line.from].saturating_add(line.weight.max(1));
        arriving[line.to] = arriving[line.to].saturating_add(line.weight.max(1));
    }
    let mut left: Vec<usize> = (0..count).collect();
    let (mut front, mut back) = (Vec::new(), Vec::new());
    while !left.is_empty() {
        let end = left.iter().rposition(|block| leaving[*block] == 0);
        let (at, is_end) = match end {
            Some(at) if left.len() > 1 => (at, true),
            _ => (most_beginning(graph, &left, &leaving, &arriving), false),
        };
        let block = left.remove(at);
        match is_end {
            true => back.push(block),
            false => front.push(block),
        }
        for line in graph.lines.iter().filter(|line| line.from != line.to) {
            let weight = line.weight.max(1);
            if line.from == block {
                arriving[line.to] = arriving[line.to].saturating_sub(weight);
            } else if line.to == block {
                leaving[line.from] = leaving[line.from].saturating_sub(weight);
            }
        }
    }
    front.extend(back.into_iter().rev());
    front
}

fn most_beginning(graph: &Graph, left: &[usize], leaving: &[u64], arriving: &[u64]) -> usize {
    let key = |block: usize| {
        let begins = i128::from(graph.blocks[block].begins) + i128::from(leaving[block]);
        (arriving[block] == 0, begins - i128::from(arriving[block]))
    };
    let mut best = 0;
    for at in 1..left.len() {
        if key(left[at]) > key(left[best]) {
            best = at;
        }
    }
    best
}
