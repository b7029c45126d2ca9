//! How many questions are under way at a time: those that a server's socket is sure to hold, and more only while it shows that
//! they do not wait there.

use std::{
    ops::RangeInclusive,
    time::{Duration, Instant},
};

/// Questions that begin within a [`MOMENT`] at most. A server that waits for a processor so long finds them all in its socket,
/// which holds some 270 small datagrams where nobody asked for more room.
const BURST: usize = 128;
/// See [`BURST`].
pub(super) const MOMENT: Duration = Duration::from_millis(4);

/// Grows and shrinks between two bounds with how long answers take, as TCP Vegas does (Brakmo and Peterson, 1995): what an answer
/// takes longer than the quickest one, its question waited in queues, and those have no room for any number.
pub(super) struct Window {
    least: usize,
    most: usize,
    now: usize,
    quickest: Option<Duration>,
    /// When the moment began in which `begun` questions did.
    moment: Option<Instant>,
    begun: usize,
}

impl Window {
    pub(super) fn new(bounds: RangeInclusive<usize>) -> Self {
        let least = (*bounds.start()).max(1);
        Self {
            least,
            most: *bounds.end(),
            now: least,
            quickest: None,
            moment: None,
            begun: 0,
        }
    }

    /// Whether there is room beside so many questions.
    pub(super) fn has_room(&self, under_way: usize) -> bool {
        under_way < self.now
    }

    /// Whether a question may begin at this time, which is then counted: not more in a moment than a server's socket holds.
    pub(super) fn begins(&mut self, at: Instant) -> bool {
        if self.moment.is_none_or(|moment| at.duration_since(moment) >= MOMENT) {
            self.moment = Some(at);
            self.begun = 0;
        }
        self.begun += 1;
        self.begun <= BURST
    }

    /// Takes in how long an answer took.
    pub(super) fn answered(&mut self, took: Duration) {
        let quickest = self.quickest.map_or(took, |quickest| quickest.min(took));
        self.quickest = Some(quickest);
        let waited = (took - quickest).as_secs_f64() / took.as_secs_f64().max(f64::MIN_POSITIVE);
        let (queued, room) = (waited * self.now as f64, self.least as f64);
        if queued < room / 2.0 {
            self.now = (self.now + 1).min(self.most);
        } else if queued > room * 0.75 {
            self.now = (self.now - 1).max(self.least);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    #[test]
    fn grows_while_answers_come_as_quickly_as_the_first() {
        let mut window = Window::new(200..=500);
        assert!(window.has_room(199) && !window.has_room(200));
        (0..400).for_each(|number| window.answered((50 + number % 8) * MILLISECOND));
        assert!(window.has_room(499) && !window.has_room(500));
    }

    #[test]
    fn does_not_grow_where_questions_queue() {
        // A server that answers one question a millisecond: the more are under way, the longer each waits.
        let mut window = Window::new(200..=500);
        window.answered(MILLISECOND);
        for _ in 0..400 {
            let waiting = u32::try_from(window.now).unwrap_or_default();
            window.answered(waiting * MILLISECOND);
        }
        assert!(window.has_room(199) && !window.has_room(200));
    }

    #[test]
    fn begins_no_more_in_a_moment_than_a_socket_holds() {
        let mut window = Window::new(200..=500);
        let start = Instant::now();
        let begun = |window: &mut Window, at| (0..500).filter(|_| window.begins(at)).count();
        assert_eq!(begun(&mut window, start), BURST);
        assert_eq!(begun(&mut window, start + MOMENT / 2), 0);
        assert_eq!(begun(&mut window, start + MOMENT), BURST);
    }

    #[test]
    fn shrinks_when_answers_come_later() {
        let mut window = Window::new(200..=500);
        (0..400).for_each(|_| window.answered(50 * MILLISECOND));
        (0..400).for_each(|_| window.answered(700 * MILLISECOND));
        assert!(!window.has_room(200));
        window.answered(Duration::ZERO);
        assert!(window.has_room(200));
    }
}
