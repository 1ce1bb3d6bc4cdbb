//! Completions and manual pages, as shells and `man` take them.

use std::fs;
use std::process::Command;

use super::Workshop;

/// What bash would offer for a command line whose last word is being written.
fn bash_offers(script: &str, words: &[&str]) -> Vec<String> {
    let asked = format!(
        "source {script}\n\
         COMP_WORDS=({})\n\
         COMP_CWORD={}\n\
         _greenroom greenroom \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        words
            .iter()
            .map(|word| format!("'{word}'"))
            .collect::<Vec<_>>()
            .join(" "),
        words.len() - 1,
    );
    let said = Command::new("bash")
        .args(["--norc", "-c", &asked])
        .output()
        .unwrap();
    assert!(said.status.success(), "{said:?}");
    let offers = String::from_utf8(said.stdout).unwrap();
    offers.lines().map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn bash_completes_commands_and_options() {
    let shop = Workshop::open();
    let script = shop.path("greenroom.bash");
    let text = shop.greenroom.run(["completions", "bash"]).await;
    fs::write(&script, text.succeeded()).unwrap();
    assert_eq!(bash_offers(&script, &["greenroom", "hea"]), ["healthcheck"]);
    let commands = bash_offers(&script, &["greenroom", "api-key", ""]);
    for command in ["create", "list", "revoke"] {
        assert!(commands.contains(&command.to_owned()), "{commands:?}");
    }
    let options = bash_offers(&script, &["greenroom", "serve", "--tls-"]);
    assert_eq!(options, ["--tls-listen", "--tls-cert", "--tls-key"]);
}

#[tokio::test]
async fn the_other_shells_get_theirs() {
    let shop = Workshop::open();
    for (shell, words) in [
        ("zsh", ["#compdef greenroom", "signing-key", "--tls-cert"]),
        ("fish", ["complete -c greenroom", "signing-key", "tls-cert"]),
    ] {
        let text = shop.greenroom.run(["completions", shell]).await.succeeded();
        for word in words {
            assert!(text.contains(word), "no {word:?} for {shell}");
        }
        // Where the shell is there, it says whether it understands the script.
        let file = shop.path(shell);
        fs::write(&file, text).unwrap();
        if let Ok(said) = Command::new(shell).args(["-n", &file]).output() {
            assert!(said.status.success(), "{said:?}");
        }
    }
    let unknown = shop.greenroom.run(["completions", "csh"]).await;
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
}

#[tokio::test]
async fn each_command_has_a_manual_page() {
    let shop = Workshop::open();
    let out = shop.path("share/man1");
    let written = shop.greenroom.run(["man", "--out", &out]).await;
    assert_eq!(written.succeeded(), "");
    for (page, words) in [
        ("greenroom.1", ["self\\-hosted", "greenroom\\-serve(1)"]),
        (
            "greenroom-serve.1",
            ["tls\\-listen", "GREENROOM_TLS_LISTEN"],
        ),
        (
            "greenroom-api-key-create.1",
            ["expires\\-in\\-days", "NAME"],
        ),
    ] {
        let text = fs::read_to_string(format!("{out}/{page}")).unwrap();
        for word in words {
            assert!(text.contains(word), "no {word:?} in {page}: {text}");
        }
    }
    let pages = fs::read_dir(&out).unwrap().count();
    assert!(pages > 20, "{pages}");
    // What would be in its way is named.
    fs::write(shop.path("file"), "").unwrap();
    let taken = format!("{}/man1", shop.path("file"));
    let refused = shop.greenroom.run(["man", "--out", &taken]).await;
    super::failed(&refused, 1, &[&taken]);
}
