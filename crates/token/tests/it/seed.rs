//! The vendor's published example pair, against what is minted here.

use greenroom_domain::ttl::{ClientTokenTtl, RefreshTokenTtl};
use greenroom_token::{Check, TokenError, TokenType, mint_pair};

use crate::support::{NOW, Seeded, check, decode, grant, pair, ring, segments};

const CLIENT: &str = concat!(
    "eyJhbGciOiJFZDI1NTE5IiwidHlwIjoiSldUIn0.",
    "eyJhdWQiOiJ0ZWxueXhfYWNjZXNzX3Rva2VuIiwiZXhwIjoxNjE5MDk0Mjk1LCJncmFudHMiOlt7ImFjdGlvbnMiOlsiam9pbiJd",
    "LCJyZXNvdXJjZXMiOlsidGVsbnl4OnZpZGVvOnJvb21zOjllMmEwY2JlLWNlNjYtNDExZS1hMWFjLTQ2OGYwYjEwM2M5YSJdLCJz",
    "dWJqZWN0cyI6WyJ0ZWxueXg6dXNlcnM6NzgyYjJjYmUtODQ2Ni00ZTNmLWE0ZDMtOTc4MWViNTc3ZTUwIl19XSwiZ3JhbnRzX3Zl",
    "cnNpb24iOiIxLjAuMCIsImlhdCI6MTYxOTA5MzY5NSwiaXNzIjoidGVsbnl4X2FjY2Vzc190b2tlbiIsImp0aSI6IjllNjIyOTA2",
    "LTc1ZTctNDBiNi1iOTAwLTc1NGIxZjNlZDMyZiIsIm5iZiI6MTYxOTA5MzY5NCwic3ViIjoibnVsbCIsInR5cCI6ImFjY2VzcyJ9.",
    "1JGK9PyHkTtoP_iMu-8TzXH_fhmnsDtZZOAJLDzLW6DDtAb80wZ93l1VH5yNx5tFqwIFG0t48dRiBKWlW-nzDA",
);

const REFRESH: &str = concat!(
    "eyJhbGciOiJFZDI1NTE5IiwidHlwIjoiSldUIn0.",
    "eyJhdWQiOiJ0ZWxueXhfYWNjZXNzX3Rva2VuIiwiZXhwIjoxNjE5MDkzNzA1LCJncmFudHMiOlt7ImFjdGlvbnMiOlsiam9pbiJd",
    "LCJyZXNvdXJjZXMiOlsidGVsbnl4OnZpZGVvOnJvb21zOjllMmEwY2JlLWNlNjYtNDExZS1hMWFjLTQ2OGYwYjEwM2M5YSJdLCJz",
    "dWJqZWN0cyI6WyJ0ZWxueXg6dXNlcnM6NzgyYjJjYmUtODQ2Ni00ZTNmLWE0ZDMtOTc4MWViNTc3ZTUwIl19XSwiZ3JhbnRzX3Zl",
    "cnNpb24iOiIxLjAuMCIsImlhdCI6MTYxOTA5MzY5NSwiaXNzIjoidGVsbnl4X2FjY2Vzc190b2tlbiIsImp0aSI6ImQ3OWJlMzhj",
    "LWFkNTQtNGQ5ZC1hODc4LWExNjVjNTk0MGQwNyIsIm5iZiI6MTYxOTA5MzY5NCwic3ViIjoibnVsbCIsInR5cCI6InJlZnJlc2gifQ.",
    "FHsp7KlVXn1E5tTUiKZzmQ4of39gi57AakeQeqI0oAa8hzjFMVb0RGj-mxWTvHVen4GpgsUW_epqqaxK16viCA",
);

/// The other example in the same document; it is of another product.
const OTHER_PRODUCT: &str = concat!(
    "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.",
    "eyJhdWQiOiJ0ZWxueXhfdGVsZXBob255IiwiZXhwIjoxNTkwMDEwMTQzLCJpYXQiOjE1ODc1OTA5NDMsImlzcyI6InRlbG55eF90",
    "ZWxlcGhvbnkiLCJqdGkiOiJiOGM3NDgzNy1kODllLTRhNjUtOWNmMi0zNGM3YTZmYTYwYzgiLCJuYmYiOjE1ODc1OTA5NDIsInN1",
    "YiI6IjVjN2FjN2QwLWRiNjUtNGYxMS05OGUxLWVlYzBkMWQ1YzZhZSIsInRlbF90b2tlbiI6InJqX1pra1pVT1pNeFpPZk9tTHBF",
    "VUIzc2lVN3U2UmpaRmVNOXMtZ2JfeENSNTZXRktGQUppTXlGMlQ2Q0JSbWxoX1N5MGlfbGZ5VDlBSThzRWlmOE1USUlzenl6U2xf",
    "YURuRzQ4YU81MHlhSEd1UlNZYlViU1ltOVdJaVEwZz09IiwidHlwIjoiYWNjZXNzIn0.",
    "gNEwzTow5MLLPLQENytca7pUN79PmPj6FyqZWW06ZeEmesxYpwKh0xRtA0TzLh6CDYIRHrI8seofOO0YFGDhpQ",
);

fn text(segment: &str) -> String {
    String::from_utf8(decode(segment)).unwrap()
}

#[test]
fn a_minted_pair_is_the_published_pair_with_additions() {
    let ring = ring();
    let minted = mint_pair(
        &ring,
        grant(),
        ClientTokenTtl::new(600).unwrap(),
        RefreshTokenTtl::new(60).unwrap(),
        NOW,
        &Seeded::new(5),
    )
    .unwrap();
    let sid = minted.family.to_string();
    for (published, token, kind, exp) in [
        (CLIENT, &minted.client, TokenType::Access, "1619094295"),
        // Published with a life of 10 s, which is below the wire's own minimum.
        (REFRESH, &minted.refresh, TokenType::Refresh, "1619093755"),
    ] {
        let token = token.jwt.expose();
        let id = check(&ring, token, kind).unwrap().token_id().to_string();
        let [header, payload, signature] = segments(published);
        let expected_header =
            text(header).replace('}', &format!(r#","kid":"{}"}}"#, ring.active().kid()));
        let published_id = text(payload)
            .split_once(r#""jti":""#)
            .map(|(_, rest)| rest[..36].to_owned())
            .unwrap();
        let expected_payload = text(payload)
            .replace("1619093705", exp)
            .replace(&published_id, &id)
            .replace(r#""sub""#, &format!(r#""sid":"{sid}","sub""#));
        let [our_header, our_payload, our_signature] = segments(token);
        assert_eq!(text(our_header), expected_header);
        assert_eq!(text(our_payload), expected_payload);
        assert_eq!(decode(our_signature).len(), decode(signature).len());
    }
    assert_eq!(
        minted.client.expires_at.to_rfc3339_secs(),
        "2021-04-22T12:24:55Z"
    );
}

#[test]
fn the_published_tokens_are_signed_by_nobody_here() {
    let ring = ring();
    for (token, kind) in [(CLIENT, TokenType::Access), (REFRESH, TokenType::Refresh)] {
        assert_eq!(check(&ring, token, kind), Err(TokenError::BadSignature));
    }
    assert_eq!(
        check(&ring, OTHER_PRODUCT, TokenType::Access),
        Err(TokenError::WrongAlgorithm)
    );
}

#[test]
fn a_published_token_with_our_signature_lacks_the_family() {
    let ring = ring();
    let [header, payload, _] = segments(CLIENT);
    let resigned = crate::support::sign_input(ring.active(), &format!("{header}.{payload}"));
    let error = check(&ring, &resigned, TokenType::Access).unwrap_err();
    assert_eq!(error, TokenError::MissingClaim("sid"));
    assert_eq!(error.check(), Check::Claims);
}

#[test]
fn a_published_header_without_key_id_will_do() {
    let ring = ring();
    let minted = pair(&ring);
    let [_, payload, _] = segments(minted.client.jwt.expose());
    let [header, ..] = segments(CLIENT);
    let resigned = crate::support::sign_input(ring.active(), &format!("{header}.{payload}"));
    let verified = check(&ring, &resigned, TokenType::Access).unwrap();
    assert_eq!(verified.kid(), ring.active().kid());
    assert_eq!(verified.family(), minted.family);
}
