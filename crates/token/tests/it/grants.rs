//! What a token may grant: a join to one room of one account, spelled one way.

use greenroom_token::TokenError;
use proptest::prelude::*;
use serde_json::json;

use crate::support::{ACCOUNT, ROOM, any_json, changed, claims, verdict};

#[test]
fn one_grant_for_one_room() {
    let good = claims()["grants"][0].clone();
    let cases = [
        (json!([]), TokenError::NotOneGrant),
        (json!([good, good]), TokenError::NotOneGrant),
        (json!([[good]]), TokenError::MalformedGrant),
        (json!(["join"]), TokenError::MalformedGrant),
        (json!([null]), TokenError::MalformedGrant),
        (json!([{}]), TokenError::MalformedGrant),
    ];
    for (grants, wanted) in cases {
        assert_eq!(
            verdict(&changed("grants", grants.clone())),
            Err(wanted),
            "{grants}"
        );
    }
    for name in ["actions", "resources", "subjects"] {
        let mut absent = good.clone();
        absent.as_object_mut().unwrap().remove(name);
        assert_eq!(
            verdict(&changed("grants", json!([absent]))),
            Err(TokenError::MalformedGrant)
        );
        for wrong in [json!(null), json!("join"), json!({}), json!(1)] {
            let mut grant = good.clone();
            grant[name] = wrong;
            assert_eq!(
                verdict(&changed("grants", json!([grant]))),
                Err(TokenError::MalformedGrant)
            );
        }
    }
    let mut more = good;
    more["conditions"] = json!([]);
    assert_eq!(
        verdict(&changed("grants", json!([more]))),
        Err(TokenError::MalformedGrant)
    );
}

#[test]
fn a_grant_is_exact() {
    let room = format!("telnyx:video:rooms:{ROOM}");
    let account = format!("telnyx:users:{ACCOUNT}");
    let ids = |good: &str, id: &str| {
        let prefix = good.strip_suffix(id).unwrap();
        vec![
            json!([]),
            json!([good, good]),
            json!([[good]]),
            json!([null]),
            json!([1]),
            json!([""]),
            json!(["*"]),
            json!([prefix]),
            json!([format!("{prefix}*")]),
            json!([format!("{prefix}{}", id.to_uppercase())]),
            json!([format!("{prefix}{{{id}}}")]),
            json!([format!("{prefix}{}", id.replace('-', ""))]),
            json!([format!("{prefix}urn:uuid:{id}")]),
            json!([format!("{good} ")]),
            json!([format!("{good}\0")]),
            json!([format!("{good}/x")]),
            json!([id]),
            json!([good.to_uppercase()]),
            json!([format!("x{good}")]),
            json!([good.replace("telnyx", "other")]),
        ]
    };
    let mut actions = vec![
        json!([]),
        json!(["join", "join"]),
        json!([["join"]]),
        json!([1]),
    ];
    for name in ["", "*", "Join", "joins", "join ", "join\0", "publish"] {
        actions.push(json!([name]));
        actions.push(json!(["join", name]));
    }
    for (name, wrong, error) in [
        ("actions", actions, TokenError::WrongActions),
        ("resources", ids(&room, ROOM), TokenError::WrongResources),
        (
            "subjects",
            ids(&account, ACCOUNT),
            TokenError::WrongSubjects,
        ),
    ] {
        for value in wrong {
            let mut claims = claims();
            claims["grants"][0][name] = value.clone();
            assert_eq!(verdict(&claims), Err(error), "{name}: {value}");
        }
    }
    // Room and account in each other's place.
    let mut swapped = claims();
    swapped["grants"][0]["resources"] = json!([account]);
    assert_eq!(verdict(&swapped), Err(TokenError::WrongResources));
}

proptest! {
    #[test]
    fn no_other_grants_will_do(value in any_json()) {
        prop_assert!(verdict(&changed("grants", value.clone())).is_err());
        let mut claims = claims();
        claims["grants"][0]["resources"] = value;
        prop_assert!(verdict(&claims).is_err());
    }
}
