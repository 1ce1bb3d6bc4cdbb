use proptest::prelude::*;

use super::*;
use crate::test_start::start;

const ID: TransactionId = *b"abcdefghijkl";

#[test]
fn a_request_is_answered_with_where_it_came_from() {
    for source in ["192.0.2.1:4711", "[2001:db8::7]:9"] {
        let source = source.parse().unwrap();
        let request = reach_request(ID);
        assert_eq!(request.len(), REACH_REQUEST_BYTES);
        let answer = reach_answer(&request, source).unwrap();
        assert!(
            answer.len() <= request.len(),
            "no use to those who flood others"
        );
        assert_eq!(reach_answered(&answer, ID), Some(source));
        assert_eq!(reach_answered(&answer, [0; 12]), None);
        assert_eq!(
            reach_answer(&answer, source),
            None,
            "no answer to an answer"
        );
    }
}

#[test]
fn the_answer_is_stun_as_others_read_it() {
    let source = "192.0.2.1:4711".parse().unwrap();
    let answer = reach_answer(&reach_request(ID), source).unwrap();
    // A success of the method Binding, twelve bytes long, with the cookie and the id of the request (RFC 8489, section 5).
    assert_eq!(answer[..8], [0x01, 0x01, 0, 12, 0x21, 0x12, 0xa4, 0x42]);
    assert_eq!(answer[8..20], ID);
    // XOR-MAPPED-ADDRESS, eight bytes.
    assert_eq!(answer[20..24], [0, 0x20, 0, 8]);
    // The example of RFC 5769, section 2.2, less its integrity.
    let id = [
        0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
    ];
    let example = mapped("192.0.2.1:32853".parse().unwrap(), id);
    assert_eq!(example, [0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
}

#[test]
fn short_requests_and_those_of_connections_are_not_answered() {
    let source = "192.0.2.1:4711".parse().unwrap();
    let bare = message(BINDING_REQUEST, ID, SOFTWARE, b"");
    assert_eq!(reach_answer(&bare, source), None);
    let user_name = message(BINDING_REQUEST, ID, 0x0006, &[b'x'; 40]);
    assert_eq!(reach_answer(&user_name, source), None);
    let long = message(BINDING_REQUEST, ID, SOFTWARE, &[0; 400]);
    assert_eq!(reach_answer(&long, source), None);
    let whole = reach_request(ID);
    for length in 0..whole.len() {
        assert_eq!(reach_answer(&whole[..length], source), None);
    }
}

#[test]
fn there_are_so_many_answers_in_a_second() {
    let now = start();
    let mut answers = Answers::new(now);
    let admitted = (0..1_000).filter(|_| answers.admit(now)).count();
    assert_eq!(admitted, 50);
    assert!(!answers.admit(now + Duration::from_millis(999)));
    assert!(answers.admit(now + Duration::from_millis(1_000)));
}

proptest! {
    #[test]
    fn nothing_makes_it_fail(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let source = "192.0.2.1:4711".parse().unwrap();
        let answer = reach_answer(&bytes, source);
        prop_assert!(answer.is_none_or(|answer| answer.len() <= bytes.len()));
        reach_answered(&bytes, ID);
    }
}
