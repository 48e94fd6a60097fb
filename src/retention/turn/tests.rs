use super::*;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const YEAR: Duration = Duration::from_hours(365 * 24);

/// What happened, by the monotonic clock: hours since the process began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Seen {
    Ran(u64),
    Noted(u64),
    Waits(u64),
    Dropped(u64),
    Stood(u64),
}

/// A process with its clocks and one note, which is looked at every ten minutes.
struct World {
    turns: Turns,
    now: Now,
    note: Option<Time>,
    kept: Option<Stood>,
    seen: Vec<Seen>,
    last_wait: Option<Wait>,
}

fn time(text: &str) -> Time {
    Time::parse(text).expect("a time")
}

impl World {
    fn start(now: Time, note: Option<Time>) -> Self {
        let now = Now { wall: now, monotonic: Duration::ZERO };
        Self { turns: Turns::new(civil::time(3, 15, 0, 0), now, None), now, note, kept: None, seen: Vec::new(), last_wait: None }
    }

    fn pass(mut self, time: Duration) -> Self {
        let (every, end) = (Duration::from_mins(10), self.now.monotonic + time);
        loop {
            self.look();
            if self.now.monotonic >= end {
                return self;
            }
            self.now = Now { wall: self.now.wall.plus(every), monotonic: self.now.monotonic + every };
        }
    }

    fn forward(mut self, by: Duration) -> Self {
        self.now.wall = self.now.wall.plus(by);
        self
    }

    fn back(mut self, by: Duration) -> Self {
        self.now.wall = self.now.wall.minus(by);
        self
    }

    /// The next process, which finds what this one kept.
    fn boot(mut self, wall: Time) -> Self {
        self.now = Now { wall, monotonic: Duration::ZERO };
        self.turns = Turns::new(civil::time(3, 15, 0, 0), self.now, self.kept);
        self
    }

    /// So many days of nine hours, and off at night.
    fn office(mut self, days: u32) -> Self {
        for _ in 0..days {
            self = self.pass(HOUR * 9);
            let next = self.now.wall.plus(HOUR * 15);
            self = self.boot(next);
        }
        self
    }

    fn look(&mut self) {
        let (turns, news, kept) = self.turns.look(self.now, &TimeZone::UTC, &[self.note]);
        self.kept = kept;
        let hours = self.now.monotonic.as_secs() / 3600;
        match news {
            Some(News::Waits(wait)) => {
                self.last_wait = Some(wait);
                self.seen.push(Seen::Waits(hours));
            }
            Some(News::Dropped) => self.seen.push(Seen::Dropped(hours)),
            Some(News::Stood) => self.seen.push(Seen::Stood(hours)),
            None => {}
        }
        if let Some(note) = turns[0].note {
            self.note = Some(note);
            self.seen.push(Seen::Noted(hours));
        }
        if turns[0].is_now {
            self.note = Some(self.now.wall);
            self.seen.push(Seen::Ran(hours));
        }
    }
}

fn yesterday() -> Time {
    time("2026-11-28T03:15:20Z")
}

fn morning() -> Time {
    time("2026-11-29T02:00:00Z")
}

#[test]
fn usual_days() {
    assert_eq!(World::start(morning(), Some(yesterday())).pass(DAY * 3).seen, [Seen::Ran(1), Seen::Ran(25), Seen::Ran(49)]);
}

#[test]
fn first_start() {
    let world = World::start(morning(), None).pass(HOUR * 23);
    assert_eq!((world.note, &world.seen[..]), (None, &[][..]), "there is nothing to hold the clock against");
    assert_eq!(world.pass(DAY + HOUR * 3).seen, [Seen::Noted(24), Seen::Ran(25), Seen::Ran(49)]);
}

/// As where retention is configured on a machine whose clock is ahead, or where a file from there was imported.
#[test]
fn first_start_by_a_clock_that_is_then_set_right() {
    let world = World::start(morning().plus(YEAR), None).pass(HOUR * 20).back(YEAR).pass(HOUR * 23);
    assert_eq!((world.note, &world.seen[..]), (None, &[][..]), "it counts anew from there");
    let world = world.pass(HOUR * 10);
    assert_eq!(world.seen, [Seen::Noted(44), Seen::Ran(49)]);
    assert!(world.note.is_some_and(|at| at < morning().plus(DAY * 3)), "by the right clock");
}

/// A site that a hub hears of after days: its clock is believed by then, and the next time of day runs.
#[test]
fn a_site_that_is_new_to_a_process_that_has_run_for_long() {
    let mut world = World::start(morning(), Some(yesterday())).pass(DAY * 10);
    (world.note, world.seen) = (None, Vec::new());
    let world = world.pass(HOUR);
    assert_eq!(world.seen, [Seen::Noted(240)]);
    assert_eq!(world.pass(HOUR).seen, [Seen::Noted(240), Seen::Ran(241)]);
}

#[test]
fn off_over_a_weekend() {
    let friday = Some(time("2026-11-27T03:15:20Z"));
    assert_eq!(World::start(time("2026-11-30T22:00:00Z"), friday).pass(HOUR).seen, [Seen::Ran(0)]);
}

#[test]
fn off_for_two_weeks() {
    let note = Some(morning().minus(DAY * 14));
    let world = World::start(morning(), note).pass(DAY * 3);
    assert_eq!(world.seen, [Seen::Waits(0), Seen::Stood(24), Seen::Ran(24), Seen::Ran(25), Seen::Ran(49)]);
    assert_eq!(world.last_wait, Some(Wait { last: morning().minus(DAY * 14), now: morning(), until: morning().plus(DAY) }));
}

#[test]
fn a_year_ahead_at_boot_and_then_set_right() {
    let world = World::start(morning().plus(YEAR), Some(yesterday())).pass(HOUR * 20).back(YEAR).pass(DAY);
    assert_eq!(world.seen, [Seen::Waits(0), Seen::Dropped(20), Seen::Ran(20), Seen::Ran(25)]);
    assert!(world.note.is_some_and(|at| at < morning().plus(DAY * 2)), "by the right clock");
}

#[test]
fn a_year_ahead_at_boot_and_left_so() {
    let world = World::start(morning().plus(YEAR), Some(yesterday())).pass(DAY * 2);
    assert_eq!(world.seen, [Seen::Waits(0), Seen::Stood(24), Seen::Ran(24), Seen::Ran(25)]);
}

#[test]
fn put_ahead_while_it_runs() {
    let world = World::start(morning(), Some(yesterday())).pass(DAY * 2).forward(YEAR).pass(HOUR * 23);
    assert_eq!(world.seen, [Seen::Ran(1), Seen::Ran(25), Seen::Waits(48)], "it ran for two days, but not by that clock");
    assert_eq!(world.back(YEAR).pass(DAY).seen[3..], [Seen::Dropped(71), Seen::Ran(71), Seen::Ran(73)]);
}

#[test]
fn put_ahead_once_more_while_it_waits() {
    let world = World::start(morning(), Some(morning().minus(DAY * 14))).pass(HOUR * 20).forward(YEAR).pass(HOUR * 25);
    assert_eq!(world.seen, [Seen::Waits(0), Seen::Waits(20), Seen::Stood(44), Seen::Ran(44)]);
}

/// As a machine that sleeps does, whose monotonic clock stands still meanwhile: by that alone no run must wait for ever.
#[test]
fn small_steps_while_it_waits() {
    let mut world = World::start(morning(), Some(morning().minus(DAY * 14)));
    for _ in 0..3 {
        world = world.pass(HOUR * 9).forward(HOUR * 15);
    }
    assert_eq!(world.seen, [Seen::Waits(0), Seen::Stood(24), Seen::Ran(24)]);
}

/// Its database was away: the clock has gone on steadily, so a note far back is nothing to doubt.
#[test]
fn a_note_that_could_not_be_read_for_days() {
    let mut world = World::start(morning(), Some(yesterday())).pass(HOUR * 2);
    for _ in 0..1000 {
        world.now = Now { wall: world.now.wall.plus(HOUR), monotonic: world.now.monotonic + HOUR };
        world.turns.look(world.now, &TimeZone::UTC, &[]);
    }
    world.seen.clear();
    assert_eq!(world.pass(Duration::ZERO).seen, [Seen::Ran(1002)]);
}

#[test]
fn a_run_by_hand_while_it_waits() {
    let mut world = World::start(morning(), Some(morning().minus(DAY * 14))).pass(HOUR * 4);
    world.note = Some(world.now.wall);
    assert_eq!(world.pass(DAY).seen, [Seen::Waits(0), Seen::Dropped(4), Seen::Ran(25)]);
}

#[test]
fn a_note_of_the_future() {
    let world = World::start(morning(), Some(morning().plus(DAY * 2))).pass(HOUR * 3);
    assert_eq!(world.seen, [Seen::Noted(0), Seen::Ran(1)]);
    let slightly = Some(morning().plus(Duration::from_mins(30)));
    assert_eq!(World::start(morning(), slightly).pass(HOUR / 2).seen, []);
}

/// A machine without a battery begins in 1970, and is set right by the network.
#[test]
fn far_behind_at_boot_and_then_set_right() {
    let world = World::start(Time::from_millis(0), Some(yesterday())).pass(HOUR).forward(YEAR * 57).pass(DAY);
    assert_eq!(world.seen, [Seen::Noted(0), Seen::Waits(1), Seen::Stood(25), Seen::Ran(25)], "late, but not by a clock that just moved");
}

#[test]
fn of_many_sites_those_that_are_far_wait_and_it_is_told_once() {
    let mut turns = Turns::new(civil::time(3, 15, 0, 0), Now { wall: morning(), monotonic: Duration::ZERO }, None);
    let notes = [morning().minus(DAY * 9), morning().minus(DAY * 2), morning().minus(DAY * 30), morning()].map(Some);
    let mut look = |hours: u32| {
        let now = Now { wall: morning().plus(HOUR * hours), monotonic: HOUR * hours };
        let (turns, news, _) = turns.look(now, &TimeZone::UTC, &notes);
        (turns.iter().map(|turn| turn.is_now).collect::<Vec<_>>(), news)
    };
    let wait = Wait { last: morning().minus(DAY * 30), now: morning(), until: morning().plus(DAY) };
    assert_eq!(look(0), (vec![false, true, false, false], Some(News::Waits(wait))));
    assert_eq!(look(1), (vec![false, true, false, false], None));
    assert_eq!(look(24), (vec![true; 4], Some(News::Stood)));
}

/// The process that doubts its clock must not do the run of a site that it hears of by it.
#[test]
fn a_site_without_a_note_is_left_alone_while_the_clock_is_doubted() {
    let mut turns = Turns::new(civil::time(3, 15, 0, 0), Now { wall: morning(), monotonic: Duration::ZERO }, None);
    let notes = [Some(morning().minus(DAY)), None];
    for hours in 0..48 {
        let now = Now { wall: morning().plus(HOUR * hours), monotonic: HOUR * hours };
        turns.look(now, &TimeZone::UTC, &[Some(now.wall)]);
    }
    let mut look = |hours: u32| {
        let now = Now { wall: morning().plus(YEAR + HOUR * hours), monotonic: HOUR * hours };
        turns.look(now, &TimeZone::UTC, &notes).0
    };
    let waits = Turn { note: None, is_now: false };
    assert_eq!(look(48), [waits; 2]);
    assert_eq!(look(71), [waits; 2]);
    let at = morning().plus(YEAR + DAY * 3);
    assert_eq!(look(72), [Turn { note: None, is_now: true }, Turn { note: Some(at), is_now: false }]);
}

#[test]
fn off_every_night_after_a_holiday() {
    let world = World::start(time("2026-11-30T08:00:00Z"), Some(morning().minus(DAY * 14))).office(7);
    let (waits, ran) = (Seen::Waits(0), Seen::Ran(0));
    assert_eq!(world.seen, [waits, waits, waits, Seen::Stood(6), Seen::Ran(6), ran, ran, ran, ran], "on the third day, and then daily");
    assert_eq!(world.kept, None, "it is forgotten then");
}

#[test]
fn off_every_night_from_the_first_start_on() {
    let world = World::start(time("2026-11-30T08:00:00Z"), None).office(5);
    assert_eq!(world.seen, [Seen::Noted(6), Seen::Ran(0), Seen::Ran(0)]);
}

/// A machine without a battery whose clock says anything until somebody sets it.
#[test]
fn at_another_wrong_year_at_every_boot() {
    let mut world = World::start(morning().plus(YEAR), Some(yesterday()));
    for year in [3, 1, 7, 4, 9, 2, 2] {
        world = world.pass(HOUR * 20).boot(morning().plus(YEAR * year));
    }
    let world = world.pass(HOUR * 20);
    assert!(world.seen.iter().all(|seen| *seen == Seen::Waits(0)), "{:?}", world.seen);
    assert_eq!(world.note, Some(yesterday()));
}

#[test]
fn what_was_kept_is_forgotten_once_the_clock_is_set_right_and_counts_anew_where_it_is_set_wrong() {
    let world = World::start(morning().plus(YEAR), Some(yesterday())).pass(HOUR * 20);
    let at = |world: &World, standing| Some(Stood { seen: world.now.wall, standing });
    assert_eq!(world.kept, at(&world, HOUR * 20));
    let world = world.forward(YEAR).pass(HOUR);
    assert_eq!(world.kept, at(&world, HOUR));
    assert_eq!(world.back(YEAR * 2).pass(Duration::ZERO).kept, None);
}

#[test]
fn what_was_kept_is_gone_on_from_where_the_clock_has_gone_on_from_it() {
    let standing = HOUR * 20;
    for (what, seen, expected) in [
        ("at once", morning(), standing),
        ("four days later", morning().minus(FAR), standing),
        ("later than that", morning().minus(FAR + HOUR), Duration::ZERO),
        ("of the future", morning().plus(Duration::from_secs(1)), Duration::ZERO),
        ("of a year ahead", morning().plus(YEAR), Duration::ZERO),
    ] {
        let now = Now { wall: morning(), monotonic: Duration::ZERO };
        let mut turns = Turns::new(civil::time(3, 15, 0, 0), now, Some(Stood { seen, standing }));
        let (_, _, kept) = turns.look(now, &TimeZone::UTC, &[Some(morning().minus(DAY * 14))]);
        assert_eq!(kept, Some(Stood { seen: morning(), standing: expected }), "{what}");
    }
}

#[test]
fn amid_a_run_the_clock_is_followed_back_but_not_ahead() {
    let began = Now { wall: morning(), monotonic: DAY };
    let later = |wall| amid(began, Now { wall, monotonic: DAY + HOUR });
    assert_eq!(later(morning().plus(HOUR)), morning().plus(HOUR));
    assert_eq!(later(morning().plus(YEAR)), morning().plus(HOUR));
    assert_eq!(later(morning().minus(YEAR)), morning().minus(YEAR));
}

#[test]
fn due_once_a_day_and_after_a_day_away() {
    let zoned = |text: &str| text.parse::<Zoned>().expect("a time");
    let due = |last: &str, now: &str| is_due(civil::time(3, 15, 0, 0), &zoned(last), &zoned(now));
    let cases = [
        ("2026-11-28T03:16:00+00:00[UTC]", "2026-11-29T03:14:59+00:00[UTC]", false),
        ("2026-11-28T03:16:00+00:00[UTC]", "2026-11-29T03:15:00+00:00[UTC]", true),
        ("2026-11-29T03:15:30+00:00[UTC]", "2026-11-29T23:00:00+00:00[UTC]", false),
        ("2026-11-27T23:00:00+00:00[UTC]", "2026-11-29T01:00:00+00:00[UTC]", true),
    ];
    for (last, now, expected) in cases {
        assert_eq!(due(last, now), expected, "{last:?} {now}");
    }
}
