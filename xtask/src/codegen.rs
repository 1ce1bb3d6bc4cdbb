//! Files that are generated from the code and committed, so that a change of the contract shows in a diff.

use std::fs;
use std::path::Path;

use anyhow::Context;

/// Writes the generated files, or checks that they are what would be written.
pub(crate) fn run(root: &Path, check: bool) -> anyhow::Result<()> {
    let openapi = greenroom_api::document().to_pretty_json()? + "\n";
    let files = [
        ("docs/openapi.json", openapi),
        ("docs/errors.md", greenroom_api::error::catalogue_markdown()),
    ];
    let mut stale = Vec::new();
    for (name, wanted) in files {
        let path = root.join(name);
        if fs::read_to_string(&path).is_ok_and(|there| there == wanted) {
            continue;
        }
        if check {
            stale.push(name);
        } else {
            fs::write(&path, wanted).with_context(|| path.display().to_string())?;
            crate::say(&format!("codegen: wrote {name}"));
        }
    }
    anyhow::ensure!(
        stale.is_empty(),
        "not up to date: {}; run `cargo xtask codegen`",
        stale.join(", ")
    );
    Ok(())
}
