use super::*;

fn told(reported: &mut Reported, condition: Condition, is_watched: bool) -> Vec<String> {
    let states = reported.next(condition, is_watched, "x");
    states.iter().map(ToString::to_string).collect()
}

#[test]
fn it_is_ready_once_and_alive_ever_after() {
    let mut reported = Reported::default();
    let fit = Condition::Fit;
    assert_eq!(
        told(&mut reported, fit, true),
        ["READY=1", "WATCHDOG=1", "STATUS=x"]
    );
    assert_eq!(told(&mut reported, fit, true), ["WATCHDOG=1", "STATUS=x"]);
    assert_eq!(
        told(&mut Reported::default(), fit, false),
        ["READY=1", "STATUS=x"]
    );
}

#[test]
fn the_dead_are_neither_ready_nor_alive_and_the_ailing_are_both() {
    let mut reported = Reported::default();
    assert_eq!(
        told(&mut reported, Condition::Dead("x"), true),
        ["STATUS=x"]
    );
    assert_eq!(
        told(&mut reported, Condition::Ailing("x"), true),
        ["READY=1", "WATCHDOG=1", "STATUS=x"]
    );
    assert_eq!(
        told(&mut reported, Condition::Dead("x"), true),
        ["STATUS=x"]
    );
}

#[test]
fn signs_of_life_come_more_often_than_they_are_wanted() {
    let minute = Duration::from_secs(60);
    assert_eq!(interval(Some(minute)), Duration::from_secs(20));
    assert_eq!(interval(None), STATUS_INTERVAL);
    assert!(!interval(Some(Duration::ZERO)).is_zero());
}

#[test]
fn people_read_what_goes_on() {
    assert_eq!(status(Condition::Fit, (0, 0)), "Serving, no calls");
    assert_eq!(
        status(Condition::Fit, (1, 1)),
        "Serving, 1 person in 1 call"
    );
    assert_eq!(
        status(Condition::Ailing("the disk is full"), (12, 3)),
        "Serving, 12 people in 3 calls; the disk is full"
    );
    assert_eq!(
        status(Condition::Dead("it is late"), (12, 3)),
        "Not fit to serve: it is late"
    );
}
