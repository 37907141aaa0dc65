//! Undo and redo.

/// Edits of one kind that follow one another within this many milliseconds are undone together: a drag, a slider.
const GESTURE_MS: f64 = 900.0;

/// The most edits that can be undone; older ones are forgotten.
const DEPTH: usize = 200;

/// States before and after the present one.
#[derive(Clone, Debug)]
pub struct Undo<T> {
    past: Vec<T>,
    future: Vec<T>,
    /// Kind and time (ms) of the last edit.
    last: Option<(String, f64)>,
}

impl<T> Default for Undo<T> {
    fn default() -> Self {
        Self { past: Vec::new(), future: Vec::new(), last: None }
    }
}

impl<T> Undo<T> {
    /// Pushes the state `before` an edit of some kind that happens `now` (ms).
    pub fn record(&mut self, kind: &str, now: f64, before: T) {
        let same_gesture = self.last.as_ref().is_some_and(|(last, at)| last == kind && now - at < GESTURE_MS);
        if !same_gesture {
            self.past.push(before);
            if self.past.len() > DEPTH {
                self.past.remove(0);
            }
        }
        self.future.clear();
        self.last = Some((kind.to_owned(), now));
    }

    /// The state before the last edit, if there is one, in exchange for the `present` one.
    pub fn undo(&mut self, present: T) -> Option<T> {
        self.last = None;
        let state = self.past.pop()?;
        self.future.push(present);
        Some(state)
    }

    /// The state before the last [`Undo::undo`], if there is one, in exchange for the `present` one.
    pub fn redo(&mut self, present: T) -> Option<T> {
        self.last = None;
        let state = self.future.pop()?;
        self.past.push(present);
        Some(state)
    }

    /// Whether there is an edit to undo.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is an edit to redo.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_back_and_does_again() {
        let mut undo = Undo::default();
        undo.record("a", 0.0, 1);
        undo.record("b", 1.0, 2);
        assert_eq!(undo.undo(3), Some(2));
        assert_eq!(undo.undo(2), Some(1));
        assert_eq!(undo.undo(1), None);
        assert_eq!(undo.redo(1), Some(2));
        assert_eq!(undo.redo(2), Some(3));
        assert_eq!(undo.redo(3), None);
    }

    #[test]
    fn a_gesture_is_one_step_and_a_pause_begins_another() {
        let mut undo = Undo::default();
        for (time, state) in [(0.0, 1), (500.0, 2), (1000.0, 3), (2500.0, 4)] {
            undo.record("drag", time, state);
        }
        assert_eq!(undo.undo(5), Some(4));
        assert_eq!(undo.undo(4), Some(1));
        assert!(!undo.can_undo());
    }

    #[test]
    fn an_edit_after_undo_is_a_step_of_its_own_and_forgets_the_future() {
        let mut undo = Undo::default();
        undo.record("drag", 0.0, 1);
        assert_eq!(undo.undo(2), Some(1));
        undo.record("drag", 10.0, 1);
        assert!(undo.can_undo() && !undo.can_redo());
    }

    #[test]
    fn depth_is_bounded() {
        let mut undo = Undo::default();
        for state in 0..3 * DEPTH {
            undo.record(&state.to_string(), 0.0, state);
        }
        assert_eq!(undo.past.len(), DEPTH);
        assert_eq!(undo.undo(0), Some(3 * DEPTH - 1));
    }
}
