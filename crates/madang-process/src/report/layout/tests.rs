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

/// What must hold of every layout.
fn check(graph: &Graph) {
    let layout = lay_out(graph);
    assert_eq!(layout, lay_out(graph), "the same graph, the same layout");
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
}

#[test]
fn a_straight_way_is_drawn_straight() {
    let graph = graph(
        4,
        &[(0, 1, 100), (1, 2, 100), (2, 3, 90), (0, 2, 5), (1, 1, 8)],
    );
    check(&graph);
    let layout = lay_out(&graph);
    let middles: Vec<(i32, i32)> = layout.blocks.iter().map(Area::middle).collect();
    assert!(middles.is_sorted(), "{middles:?}");
    assert!(
        middles.iter().all(|(_, y)| (y - middles[0].1).abs() <= 2),
        "{middles:?}"
    );
}

#[test]
fn the_lighter_line_of_a_circle_runs_back() {
    let layout = lay_out(&graph(3, &[(0, 1, 10), (1, 2, 10), (2, 0, 1)]));
    assert!(layout.blocks[0].x < layout.blocks[1].x && layout.blocks[1].x < layout.blocks[2].x);
    let Course::Through(back) = &layout.routes[2].course else {
        panic!("it is no loop");
    };
    assert!(back.iter().all(|stretch| stretch.to_x <= stretch.from_x));
}

#[test]
fn small_and_odd_graphs_are_drawn() {
    assert_eq!(lay_out(&Graph::default()), Layout::default());
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
    ) {
        check(&graph(blocks, &lines));
    }
}
