//! Embedded files are tracked one by one; this notices new ones.

fn main() {
    println!("cargo:rerun-if-changed=../../web/dist");
}
