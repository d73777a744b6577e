//! Cuts: how the activities of a part are grouped, and how its traces are divided along the groups.

use super::bits::{Groups, Relation};
use super::graph::Graph;
use super::part::{Part, PartBuilder};

/// How the activities fall apart: for each activity the number of its group.
pub(super) enum Cut {
    Choice(Grouping),
    Sequence(Grouping),
    Parallel(Grouping),
    /// The first group is the body, each other one a way back.
    Loop(Grouping),
}

pub(super) struct Grouping {
    group_of: Vec<usize>,
    count: usize,
}

impl Cut {
    /// The first kind of cut that there is, in the published order. What stays together in a sequence is judged by what is usual, the graph without
    /// its noise: one odd case in a thousand would tear it apart.
    pub(super) fn of(graph: &Graph, usual: &Graph) -> Option<Self> {
        (choice(graph).map(Self::Choice))
            .or_else(|| sequence(graph, usual).map(Self::Sequence))
            .or_else(|| parallel(graph).map(Self::Parallel))
            .or_else(|| again(graph).map(Self::Loop))
    }

    /// The traces of each group. What does not fit the cut, which there is only where noise was left out, is dropped or counted as an empty trace.
    pub(super) fn divide(&self, log: &Part) -> Vec<Part> {
        let (Self::Choice(groups)
        | Self::Sequence(groups)
        | Self::Parallel(groups)
        | Self::Loop(groups)) = self;
        let mut parts: Vec<PartBuilder<'_>> =
            (0..groups.count).map(|_| PartBuilder::new(log)).collect();
        for (trace, cases) in &log.traces {
            match self {
                Self::Choice(groups) => groups.divide_choice(trace, *cases, &mut parts),
                Self::Sequence(groups) => groups.divide_sequence(trace, *cases, &mut parts),
                Self::Parallel(groups) => groups.divide_parallel(trace, *cases, &mut parts),
                Self::Loop(groups) => groups.divide_loop(trace, *cases, &mut parts),
            }
        }
        parts.into_iter().map(PartBuilder::finish).collect()
    }
}

/// Groups between which no path leads.
fn choice(graph: &Graph) -> Option<Grouping> {
    let mut groups = Groups::new(graph.count);
    for (from, to) in graph.pairs() {
        groups.join(from, to);
    }
    Grouping::of(groups)
}

/// Groups of which each is reached from all before it and leads to none of them.
fn sequence(graph: &Graph, usual: &Graph) -> Option<Grouping> {
    let reached = graph.follows.closure();
    let mut groups = Groups::new(graph.count);
    for left in 0..graph.count {
        for right in 0..left {
            if reached.has(left, right) == reached.has(right, left) {
                groups.join(left, right);
            }
        }
    }
    let ordered = Grouping::of(groups)?.in_order(&reached);
    Some(ordered.with_what_is_passed_together(usual))
}

/// Groups of which each activity directly follows, and is followed by, each activity of the others; each can start and end a trace.
fn parallel(graph: &Graph) -> Option<Grouping> {
    let mut groups = Groups::new(graph.count);
    for left in 0..graph.count {
        for right in 0..left {
            if !(graph.follows.has(left, right) && graph.follows.has(right, left)) {
                groups.join(left, right);
            }
        }
    }
    Grouping::of(groups)?.with_starts_and_ends(graph)
}

/// A body with all starts and ends, and groups that lead from its ends back to its starts.
fn again(graph: &Graph) -> Option<Grouping> {
    let is_start = |activity: usize| graph.is_start(activity as u16);
    let is_end = |activity: usize| graph.is_end(activity as u16);
    let is_edge = |activity: usize| is_start(activity) || is_end(activity);
    // The body's own starts and ends stand together under a number of their own.
    let body = graph.count;
    let mut groups = Groups::new(graph.count + 1);
    for activity in 0..graph.count {
        if is_edge(activity) {
            groups.join(activity, body);
        }
    }
    for (from, to) in graph.pairs() {
        match (is_edge(from), is_edge(to)) {
            (false, false) => groups.join(from, to),
            // A way back begins after an end, and ends before a start.
            (true, false) if !is_end(from) => groups.join(to, body),
            (false, true) if !is_start(to) => groups.join(from, body),
            _ => {}
        }
    }
    let starts: Vec<usize> = (0..graph.count).filter(|at| is_start(*at)).collect();
    let ends: Vec<usize> = (0..graph.count).filter(|at| is_end(*at)).collect();
    for activity in (0..graph.count).filter(|at| !is_edge(*at)) {
        // What leads to one start leads to all, and what comes from one end comes from all.
        let all_or_none = |of: &[usize], has: &dyn Fn(usize) -> bool| {
            let count = of.iter().filter(|other| has(**other)).count();
            count == 0 || count == of.len()
        };
        if !all_or_none(&starts, &|start| graph.follows.has(activity, start))
            || !all_or_none(&ends, &|end| graph.follows.has(end, activity))
        {
            groups.join(activity, body);
        }
    }
    Grouping::of_loop(groups, body)
}

impl Grouping {
    /// A single group is no cut.
    fn of(groups: Groups) -> Option<Self> {
        let (group_of, count) = groups.numbered();
        (count > 1).then_some(Self { group_of, count })
    }

    /// The group of the body becomes the first.
    fn of_loop(groups: Groups, body: usize) -> Option<Self> {
        let mut grouping = Self::of(groups)?;
        let first = grouping.group_of[body];
        grouping.group_of.truncate(body);
        for group in &mut grouping.group_of {
            *group = match *group {
                group if group == first => 0,
                group if group < first => group + 1,
                group => group,
            };
        }
        Some(grouping)
    }

    /// The groups in the order in which they reach each other.
    fn in_order(self, reached: &Relation) -> Self {
        let mut first = vec![usize::MAX; self.count];
        for (activity, group) in self.group_of.iter().enumerate().rev() {
            first[*group] = activity;
        }
        let mut order: Vec<usize> = (0..self.count).collect();
        // Any two groups are reached one way only, so this is a total order.
        order.sort_by(|left, right| {
            reached
                .has(first[*right], first[*left])
                .cmp(&reached.has(first[*left], first[*right]))
        });
        let mut place = vec![0; self.count];
        for (at, group) in order.into_iter().enumerate() {
            place[group] = at;
        }
        self.renumbered(&place, place.len())
    }

    /// What is passed by only together stays together, so that the model passes it by only together, too: to each group that a case can pass by come the
    /// neighbours before it that lead no further than to it, and those behind it that are entered from nowhere before it.
    fn with_what_is_passed_together(self, graph: &Graph) -> Self {
        let (entered_from, leads_to, optional) = (
            self.entered_from(graph),
            self.leads_to(graph),
            self.optional(graph),
        );
        // For each group the first one of those that it stays together with.
        let mut first: Vec<usize> = (0..self.count).collect();
        for pivot in (0..self.count).filter(|group| optional[*group]) {
            let before = (0..pivot).rev();
            let before = before.take_while(|group| leads_to[*group].is_some_and(|to| to <= pivot));
            let behind = pivot + 1..self.count;
            let behind =
                behind.take_while(|group| entered_from[*group].is_some_and(|from| from >= pivot));
            let (mut from, mut to) = (pivot - before.count(), pivot + behind.count());
            // Those that stay together already come as a whole or not at all.
            while from < pivot && first[from] != from {
                from += 1;
            }
            from = from.min(first[pivot]);
            while to > pivot && first.get(to + 1).is_some_and(|next| *next <= to) {
                to -= 1;
            }
            while first.get(to + 1) == Some(&first[pivot]) {
                to += 1;
            }
            for group in first.iter_mut().take(to + 1).skip(from) {
                *group = from;
            }
        }
        let (place, count) = self.joined(|before| first[before + 1] <= before);
        match count > 1 {
            true => self.renumbered(&place, count),
            false => self,
        }
    }

    /// For each group the first one that leads into it; none where it can start a trace.
    fn entered_from(&self, graph: &Graph) -> Vec<Option<usize>> {
        let mut entered_from: Vec<Option<usize>> = vec![None; self.count];
        for (from, to) in graph.pairs() {
            let (from, to) = (self.group_of[from], self.group_of[to]);
            let first = entered_from[to].map_or(from, |first| first.min(from));
            entered_from[to] = Some(first);
        }
        for (activity, group) in self.group_of.iter().enumerate() {
            if graph.is_start(activity as u16) {
                entered_from[*group] = None;
            }
        }
        entered_from
    }

    /// For each group the last one that it leads into; none where it can end a trace.
    fn leads_to(&self, graph: &Graph) -> Vec<Option<usize>> {
        let mut leads_to: Vec<Option<usize>> = vec![None; self.count];
        for (from, to) in graph.pairs() {
            let (from, to) = (self.group_of[from], self.group_of[to]);
            let last = leads_to[from].map_or(to, |last| last.max(to));
            leads_to[from] = Some(last);
        }
        for (activity, group) in self.group_of.iter().enumerate() {
            if graph.is_end(activity as u16) {
                leads_to[*group] = None;
            }
        }
        leads_to
    }

    /// Which groups a case can pass by.
    fn optional(&self, graph: &Graph) -> Vec<bool> {
        let mut optional = vec![false; self.count];
        let mut pass = |from: usize, to: usize| {
            for group in optional.iter_mut().take(to).skip(from) {
                *group = true;
            }
        };
        for (from, to) in graph.pairs() {
            pass(self.group_of[from] + 1, self.group_of[to]);
        }
        for (activity, group) in self.group_of.iter().enumerate() {
            if graph.is_start(activity as u16) {
                pass(0, *group);
            }
            if graph.is_end(activity as u16) {
                pass(*group + 1, self.count);
            }
        }
        optional
    }

    /// New numbers after neighbours were joined, and how many groups there are then.
    fn joined(&self, with_next: impl Fn(usize) -> bool) -> (Vec<usize>, usize) {
        let mut place = vec![0; self.count];
        for group in 1..self.count {
            place[group] = place[group - 1] + usize::from(!with_next(group - 1));
        }
        let count = place[self.count - 1] + 1;
        (place, count)
    }

    /// Groups that cannot start or cannot end a trace go together into one that can.
    fn with_starts_and_ends(self, graph: &Graph) -> Option<Self> {
        let mut starts = vec![false; self.count];
        let mut ends = vec![false; self.count];
        for (activity, group) in self.group_of.iter().enumerate() {
            starts[*group] |= graph.is_start(activity as u16);
            ends[*group] |= graph.is_end(activity as u16);
        }
        let whole = |group: usize| starts[group] && ends[group];
        let lacking: Vec<usize> = (0..self.count).filter(|group| !whole(*group)).collect();
        let together =
            lacking.iter().any(|group| starts[*group]) && lacking.iter().any(|group| ends[*group]);
        // Where even together they cannot, the first whole group takes them in.
        let into = match lacking.first() {
            None => return Some(self),
            Some(first) if together => *first,
            Some(_) => (0..self.count).find(|group| whole(*group))?,
        };
        let mut place = vec![usize::MAX; self.count];
        let mut count = 0;
        for (group, place) in place.iter_mut().enumerate() {
            if whole(group) || group == into {
                *place = count;
                count += 1;
            }
        }
        for group in lacking {
            place[group] = place[into];
        }
        (count > 1).then(|| self.renumbered(&place, count))
    }

    fn renumbered(&self, place: &[usize], count: usize) -> Self {
        Self {
            group_of: self.group_of.iter().map(|group| place[*group]).collect(),
            count,
        }
    }

    fn group(&self, activity: u16) -> usize {
        self.group_of[usize::from(activity)]
    }

    /// The trace goes whole to the group that most of it belongs to.
    fn divide_choice(&self, trace: &[u16], cases: u64, parts: &mut [PartBuilder<'_>]) {
        let mut events = vec![0_usize; self.count];
        for activity in trace {
            events[self.group(*activity)] += 1;
        }
        let most = events.iter().copied().max().unwrap_or(0);
        let group = events.iter().position(|count| *count == most).unwrap_or(0);
        parts[group].add(self.of_group(trace, group), cases);
    }

    /// Each group has the events of its stretch. Where the trace goes back, the most events are kept that do not.
    fn divide_sequence(&self, trace: &[u16], cases: u64, parts: &mut [PartBuilder<'_>]) {
        let kept;
        let trace = if trace.is_sorted_by_key(|activity| self.group(*activity)) {
            trace
        } else {
            kept = self.longest_forward(trace);
            &kept
        };
        for (group, part) in parts.iter_mut().enumerate() {
            part.add(self.of_group(trace, group), cases);
        }
    }

    fn divide_parallel(&self, trace: &[u16], cases: u64, parts: &mut [PartBuilder<'_>]) {
        for (group, part) in parts.iter_mut().enumerate() {
            part.add(self.of_group(trace, group), cases);
        }
    }

    /// Each stretch of one group is a trace of it. Between two ways back, and at either end, stands the body, empty if need be.
    fn divide_loop(&self, trace: &[u16], cases: u64, parts: &mut [PartBuilder<'_>]) {
        let mut body_is_due = true;
        for stretch in trace.chunk_by(|left, right| self.group(*left) == self.group(*right)) {
            let group = self.group(stretch[0]);
            if group != 0 && body_is_due {
                parts[0].add_empty(cases);
            }
            parts[group].add(stretch.to_vec(), cases);
            body_is_due = group != 0;
        }
        if body_is_due {
            parts[0].add_empty(cases);
        }
    }

    fn of_group(&self, trace: &[u16], group: usize) -> Vec<u16> {
        (trace.iter().copied())
            .filter(|activity| self.group(*activity) == group)
            .collect()
    }

    /// The longest part of the trace in which no event belongs to an earlier group than the one before.
    fn longest_forward(&self, trace: &[u16]) -> Vec<u16> {
        // Of the forward parts of each length, the place of the last event of the one that ends in the earliest group.
        let mut last_of: Vec<usize> = Vec::new();
        let mut before: Vec<Option<usize>> = Vec::with_capacity(trace.len());
        for (at, activity) in trace.iter().enumerate() {
            let group = self.group(*activity);
            let length = last_of.partition_point(|last| self.group(trace[*last]) <= group);
            before.push(length.checked_sub(1).map(|shorter| last_of[shorter]));
            if length == last_of.len() {
                last_of.push(at);
            } else {
                last_of[length] = at;
            }
        }
        let mut kept = Vec::with_capacity(last_of.len());
        let mut next = last_of.last().copied();
        while let Some(at) = next {
            kept.push(trace[at]);
            next = before[at];
        }
        kept.reverse();
        kept
    }
}
