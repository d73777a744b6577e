use proptest::prelude::*;

use super::*;

fn line(from: usize, to: usize, weight: u64) -> Line {
    Line {
        from,
        to,
        weight,
        stroke: 1 + (weight % 9) as i32,
        label: Size {
            width: 40 + (weight % 50) as i32,
            height: 30,
        },
    }
}

fn graph(blocks: usize, lines: &[(usize, usize, u64)]) -> Graph {
    let block = |at: usize| Block {
        size: Size {
            width: 80 + (at as i32 * 17) % 90,
            height: 46,
        },
        begins: u64::from(at == 0),
    };
    let mut ends = std::collections::BTreeSet::new();
    Graph {
        blocks: (0..blocks).map(block).collect(),
        lines: (lines.iter())
            .map(|(from, to, weight)| (from % blocks, to % blocks, *weight))
            .filter(|(from, to, _)| ends.insert((*from, *to)))
            .map(|(from, to, weight)| line(from, to, weight))
            .collect(),
    }
}

/// Room in which nothing has to turn back.
const ENDLESS: Size = Size {
    width: 1_000_000,
    height: 1_000_000,
};

/// What must hold of every layout, in whatever room.
fn check(graph: &Graph) {
    for (width, height) in [
        (1_000_000, 1_000_000),
        (1_200, 600),
        (700, 300),
        (300, 2_000),
        (0, 0),
    ] {
        check_in(graph, Size { width, height });
    }
}

fn check_in(graph: &Graph, room: Size) {
    let layout = lay_out(graph, room);
    assert_eq!(
        layout,
        lay_out(graph, room),
        "the same graph, the same layout"
    );
    let mut order = layout.order.clone();
    order.sort_unstable();
    assert_eq!(
        order,
        Vec::from_iter(0..graph.blocks.len()),
        "each box has its place in the order"
    );
    assert_eq!(layout.blocks.len(), graph.blocks.len());
    assert_eq!(layout.routes.len(), graph.lines.len());
    let labels = layout.routes.iter().map(|route| route.label);
    let areas: Vec<Area> = layout.blocks.iter().copied().chain(labels).collect();
    for (at, area) in areas.iter().enumerate() {
        assert!(area.x >= 0 && area.y >= 0, "{area:?} is outside");
        assert!(
            area.right() <= layout.size.width,
            "{area:?} in {:?}",
            layout.size
        );
        assert!(
            area.bottom() <= layout.size.height,
            "{area:?} in {:?}",
            layout.size
        );
        for other in &areas[..at] {
            assert!(!area.meets(other), "{area:?} lies on {other:?}");
        }
    }
    for (line, route) in graph.lines.iter().zip(&layout.routes) {
        check_course(
            &route.course,
            layout.blocks[line.from],
            layout.blocks[line.to],
            &areas,
        );
    }
}

/// A line begins and ends at its boxes, goes on where it stopped, and its level parts run over nothing.
fn check_course(course: &Course, from: Area, to: Area, areas: &[Area]) {
    let Course::Through(stretches) = course else {
        assert_eq!(from, to, "only what comes back is a loop");
        return;
    };
    let (first, last) = (stretches[0], stretches[stretches.len() - 1]);
    assert!(first.from_x == from.right() || first.from_x == from.x);
    assert!(last.to_x == to.right() || last.to_x == to.x);
    assert!((from.y..from.bottom()).contains(&first.y));
    assert!((to.y..to.bottom()).contains(&last.y));
    for stretch in stretches {
        let (left, right) = (
            stretch.from_x.min(stretch.to_x),
            stretch.from_x.max(stretch.to_x),
        );
        let level = Area {
            x: left,
            y: stretch.y,
            size: Size {
                width: right - left,
                height: 1,
            },
        };
        for area in areas {
            assert!(!level.meets(area), "{stretch:?} runs over {area:?}");
        }
    }
    for pair in stretches
        .windows(2)
        .filter(|pair| pair[0].turns_into(&pair[1]))
    {
        let (upper, lower) = (pair[0].y.min(pair[1].y), pair[0].y.max(pair[1].y));
        let turn = Area {
            x: pair[0].to_x,
            y: upper,
            size: Size {
                width: 1,
                height: lower - upper,
            },
        };
        for area in areas {
            assert!(
                !turn.meets(area),
                "what turns in {pair:?} runs over {area:?}"
            );
        }
    }
}

#[test]
fn a_straight_way_is_drawn_straight() {
    let graph = graph(
        4,
        &[(0, 1, 100), (1, 2, 100), (2, 3, 90), (0, 2, 5), (1, 1, 8)],
    );
    check(&graph);
    let layout = lay_out(&graph, ENDLESS);
    let middles: Vec<(i32, i32)> = layout.blocks.iter().map(Area::middle).collect();
    assert!(middles.is_sorted(), "{middles:?}");
    assert!(
        middles.iter().all(|(_, y)| (y - middles[0].1).abs() <= 2),
        "{middles:?}"
    );
}

#[test]
fn the_lighter_line_of_a_circle_runs_back() {
    let layout = lay_out(&graph(3, &[(0, 1, 10), (1, 2, 10), (2, 0, 1)]), ENDLESS);
    assert!(layout.blocks[0].x < layout.blocks[1].x && layout.blocks[1].x < layout.blocks[2].x);
    let Course::Through(back) = &layout.routes[2].course else {
        panic!("it is no loop");
    };
    assert!(back.iter().all(|stretch| stretch.to_x <= stretch.from_x));
}

/// Boxes one after the other, with a line back at every fifth of them.
fn way(blocks: usize) -> Graph {
    let onward = (1..blocks).map(|to| (to - 1, to, 100));
    let back = (4..blocks).step_by(5).map(|from| (from, from - 3, 5));
    graph(blocks, &onward.chain(back).collect::<Vec<_>>())
}

#[test]
fn a_way_that_is_too_long_turns_back() {
    let check = |blocks, room: Size, rows| {
        let layout = lay_out(&way(blocks), room);
        let mut middles: Vec<i32> = layout.blocks.iter().map(|area| area.middle().1).collect();
        middles.sort_unstable();
        let found = middles.chunk_by(|upper, lower| lower - upper < 24).count();
        assert_eq!(found, rows, "{blocks} in {room:?}: {:?}", layout.size);
        let (across, down) = (
            f64::from(room.width) / f64::from(layout.size.width),
            f64::from(room.height) / f64::from(layout.size.height),
        );
        assert!(
            across.min(down) > READABLE,
            "{blocks} in {room:?}: {:?}",
            layout.size
        );
    };
    let room = |width, height| Size { width, height };
    check(3, room(776, 296), 1);
    check(6, room(776, 296), 2);
    check(10, room(776, 500), 4);
    check(12, room(1_220, 620), 3);
    check(25, room(1_220, 900), 5);
    check(10, room(360, 1_600), 10);
}

#[test]
fn what_turns_back_is_read_on_from_there() {
    let layout = lay_out(
        &way(6),
        Size {
            width: 776,
            height: 296,
        },
    );
    assert_eq!(layout.order, [0, 1, 2, 3, 4, 5]);
    let x: Vec<i32> = layout.blocks.iter().map(|area| area.x).collect();
    assert!(x[0] < x[1] && x[1] < x[2], "{x:?}");
    assert!(x[3] > x[4] && x[4] > x[5], "{x:?}");
}

#[test]
fn small_and_odd_graphs_are_drawn() {
    assert_eq!(lay_out(&Graph::default(), ENDLESS), Layout::default());
    check(&graph(1, &[]));
    check(&graph(1, &[(0, 0, 1)]));
    check(&graph(
        2,
        &[(0, 1, u64::MAX), (1, 0, u64::MAX), (0, 0, 0), (1, 1, 0)],
    ));
    check(&graph(5, &[]));
}

#[test]
fn everything_with_everything_is_drawn() {
    let lines: Vec<(usize, usize, u64)> = (0..14)
        .flat_map(|from| (0..14).map(move |to| (from, to, (from * 7 + to) as u64)))
        .collect();
    check(&graph(14, &lines));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn nothing_lies_on_anything(
        blocks in 1..24_usize,
        lines in prop::collection::vec((0..24_usize, 0..24_usize, 0..5_000_u64), 0..60),
        (width, height) in (0..2_000_i32, 0..1_000_i32),
    ) {
        check_in(&graph(blocks, &lines), Size { width, height });
    }
}
