//! What a lecture hall sees of the fit: the true curve and two others at most.

/// The gradient steps whose predictions are drawn, of those that are chosen, ascending: the first and the last. The one that
/// is replayed is drawn beside them, and what comes of a θ that is kept for comparison takes the same steps once more.
#[must_use]
pub fn steps(chosen: &[usize], is_replayed: bool, is_kept: bool) -> Vec<usize> {
    let (Some(&first), Some(&last)) = (chosen.first(), chosen.last()) else { return vec![] };
    match (is_replayed, is_kept) {
        (false, false) if first < last => vec![first, last],
        (false, _) => vec![last],
        (true, false) => vec![first],
        (true, true) => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_never_more_than_three_curves() {
        for chosen in [&[][..], &[4], &[0, 32], &[0, 1, 2, 4, 32]] {
            for (is_replayed, is_kept) in [(false, false), (false, true), (true, false), (true, true)] {
                let starts = if is_kept { 2 } else { 1 };
                let steps = steps(chosen, is_replayed, is_kept);
                let curves = 1 + starts * (steps.len() + usize::from(is_replayed));
                assert!(curves <= 3, "{chosen:?} {is_replayed} {is_kept}: {curves}");
                assert!(steps.iter().all(|step| chosen.contains(step)));
            }
        }
    }

    #[test]
    fn without_a_replay_the_last_step_is_seen_and_with_one_what_it_begins_with() {
        assert_eq!(steps(&[0, 1, 32], false, false), [0, 32]);
        assert_eq!(steps(&[32], false, false), [32]);
        assert_eq!(steps(&[0, 1, 32], false, true), [32]);
        assert_eq!(steps(&[0, 1, 32], true, false), [0]);
    }
}
