use proptest::prelude::*;

use super::*;

fn fault(text: &str) -> JsonFault {
    parse_object(text.as_bytes()).unwrap_err()
}

#[test]
fn values_are_told_apart() {
    let text = r#"{"a":"x","b":-7,"c":9223372036854775808,"d":[1.0,1e3,null,-0],"e":{},"g":true}"#;
    let object = parse_object(text.as_bytes()).unwrap();
    assert_eq!(object.get("a"), Some(&Value::Text("x".into())));
    assert_eq!(object.get("b"), Some(&Value::Integer(-7)));
    assert_eq!(object.get("c"), Some(&Value::HugeInteger));
    let Some(Value::Array(members)) = object.get("d") else {
        panic!("an array")
    };
    assert!(members.iter().all(|member| *member == Value::Other));
    assert_eq!(object.get("e"), Some(&Value::Object(Object(Vec::new()))));
    assert_eq!(object.get("f"), None);
    assert_eq!(object.get("g"), Some(&Value::Boolean(true)));
}

#[test]
fn a_name_stands_once_at_every_level() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"a":{"b":{"c":1,"d":2,"c":3}}}"#,
        r#"{"a":[{"b":1},{"b":1,"b":1}]}"#,
        r#"{"":1,"":2}"#,
    ] {
        assert_eq!(fault(text), JsonFault::DuplicateName, "{text}");
    }
    assert!(parse_object(br#"{"a":{"a":{"a":1}},"A":1}"#).is_ok());
}

#[test]
fn depth_has_a_bound() {
    let nested = |levels: usize| {
        format!(
            r#"{{"a":{}{}}}"#,
            "[".repeat(levels - 1),
            "]".repeat(levels - 1)
        )
    };
    assert!(parse_object(nested(TOKEN_JSON_MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(fault(&nested(TOKEN_JSON_MAX_DEPTH + 1)), JsonFault::TooDeep);
    assert_eq!(fault(&nested(2_000)), JsonFault::TooDeep);
    let objects = format!("{}1{}", r#"{"a":"#.repeat(9), "}".repeat(9));
    assert_eq!(fault(&objects), JsonFault::TooDeep);
}

#[test]
fn members_have_a_bound() {
    let object = |count: usize| {
        let members: Vec<String> = (0..count).map(|at| format!(r#""{at}":1"#)).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(parse_object(object(MEMBERS_MAX).as_bytes()).is_ok());
    assert_eq!(fault(&object(MEMBERS_MAX + 1)), JsonFault::TooManyMembers);
    let array = |count: usize| format!(r#"{{"a":[{}]}}"#, vec!["1"; count].join(","));
    assert!(parse_object(array(MEMBERS_MAX).as_bytes()).is_ok());
    assert_eq!(fault(&array(MEMBERS_MAX + 1)), JsonFault::TooManyMembers);
}

#[test]
fn what_is_not_one_object_is_refused() {
    for text in ["[]", "1", "null", "\"a\"", "true"] {
        assert_eq!(fault(text), JsonFault::NotAnObject, "{text}");
    }
    for text in [
        "",
        " ",
        "{",
        "{}x",
        "{}{}",
        "{} {}",
        "{'a':1}",
        "{a:1}",
        r#"{"a":1,}"#,
        r#"{"a":01}"#,
        r#"{"a":1e400}"#,
        r#"{"a":NaN}"#,
        r#"{"a":Infinity}"#,
        r#"{"a":+1}"#,
        r#"{"a":.5}"#,
        r#"{"a":0x10}"#,
        r#"{"a":"\ud800"}"#,
        r#"{"a":"\udc00\ud800"}"#,
        r#"{"a":"\x41"}"#,
        "{\"a\":\"\u{0}\"}",
        "{\"a\":\"\n\"}",
        "\u{feff}{}",
        "/**/{}",
        "{}//",
    ] {
        assert_eq!(fault(text), JsonFault::Malformed, "{text}");
    }
    for bytes in [
        &b"{\"a\":\"\xff\"}"[..],
        b"{\"a\":\"\xc0\xae\"}",
        b"{\"a\":\"\xed\xa0\x80\"}",
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\0}\0",
    ] {
        assert_eq!(parse_object(bytes).unwrap_err(), JsonFault::Malformed);
    }
}

#[test]
fn names_and_texts_are_compared_as_decoded() {
    let object = parse_object(br#"{"\u0074yp":"acc\u0065ss","nul":"\u0000"}"#).unwrap();
    assert_eq!(
        object.get("typ").and_then(|value| value.as_text()),
        Some("access")
    );
    assert_eq!(
        object.get("nul").and_then(|value| value.as_text()),
        Some("\0")
    );
}

/// The same value as a lenient reader of JSON sees it.
fn agrees(ours: &Value<'_>, theirs: &serde_json::Value) -> bool {
    match (ours, theirs) {
        (Value::Text(one), serde_json::Value::String(other)) => one == other,
        (Value::Integer(one), serde_json::Value::Number(other)) => other.as_i64() == Some(*one),
        (Value::HugeInteger, serde_json::Value::Number(other)) => other.is_u64() && !other.is_i64(),
        (Value::Other, serde_json::Value::Number(other)) => other.is_f64(),
        (Value::Boolean(one), serde_json::Value::Bool(other)) => one == other,
        (Value::Other, serde_json::Value::Null) => true,
        (Value::Array(one), serde_json::Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| agrees(a, b))
        }
        (Value::Object(one), serde_json::Value::Object(other)) => {
            one.0.len() == other.len()
                && one
                    .0
                    .iter()
                    .all(|(name, value)| other.get(name.as_ref()).is_some_and(|b| agrees(value, b)))
        }
        _ => false,
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::btree_map(".{0,4}", inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_lenient_reader_sees_the_same(value in any_json()) {
        let text = serde_json::json!({ "v": value }).to_string();
        let ours = parse_object(text.as_bytes()).unwrap();
        prop_assert!(agrees(ours.get("v").unwrap(), &value));
    }

    #[test]
    fn what_is_accepted_is_json(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        if parse_object(&bytes).is_ok() {
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
        }
    }

    #[test]
    fn what_looks_like_json_never_panics(text in r#"[{}\[\]:,"a0-9.eE\\u\- ]{0,48}"#) {
        let accepted = parse_object(text.as_bytes()).is_ok();
        let lenient = serde_json::from_str::<serde_json::Value>(&text);
        prop_assert!(!accepted || lenient.is_ok_and(|value| value.is_object()));
    }
}
