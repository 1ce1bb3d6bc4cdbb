//! The script that other people's pages load to send the vendor's browser SDK here.

use greenroom_testkit::TestServer;

const FILES: [(&str, &str); 2] = [("/shim.js", "greenroomShim"), ("/shim.mjs", "export")];

/// Pages of any site may load it, those that are isolated from all others too, and need not do so again for a while.
#[tokio::test]
async fn any_page_may_load_it_and_keep_it() {
    let server = TestServer::start().await;
    let anyone = server.anyone();
    for (path, says) in FILES {
        let script = anyone
            .call("GET", path)
            .header("origin", "https://app.example.com")
            .send()
            .await;
        if script.status == 404 && anyone.get("/").await.status == 404 {
            return; // built without pages, which `http::beside` looks into
        }
        let script = script.expect(200);
        assert_eq!(script.header("access-control-allow-origin"), Some("*"));
        assert_eq!(
            script.header("cross-origin-resource-policy"),
            Some("cross-origin")
        );
        assert_eq!(
            script.header("content-type"),
            Some("text/javascript; charset=utf-8")
        );
        assert_eq!(script.header("cache-control"), Some("public, max-age=3600"));
        assert_eq!(script.header("x-content-type-options"), Some("nosniff"));
        assert!(script.text().contains(says), "{path}");
        assert!(
            !script.text().contains("import "),
            "{path} is whole by itself"
        );

        let etag = script.header("etag").unwrap();
        let known = anyone
            .call("GET", path)
            .header("if-none-match", etag)
            .send()
            .await;
        assert_eq!(known.status, 304);
        assert!(known.body.is_empty());
        assert_eq!(known.header("access-control-allow-origin"), Some("*"));
    }
}
