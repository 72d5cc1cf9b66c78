//! The pages on rules and on mappings, run: each example is a configuration, people who do things at the apps, and
//! what is to be seen after a sync.
//!
//! No block on these pages stands unchecked. Every configuration is part of an example, every example
//! asserts something, every command that is printed is run by the built program against the simulators over real
//! HTTP, and what it prints is compared. What a page may say, and how, is in [`page`], [`rows`] and [`transcript`].

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // tests and their helpers

#[path = "../pairs/hand/mod.rs"]
#[allow(dead_code)] // scenarios on pairs do more with their hands than examples do
mod hand;

mod matrix;
mod page;
mod rows;
mod transcript;
mod types;
mod values;
mod world;

use page::{Example, Page};
use world::World;

/// Runs every example of a page, and says of all that fail where and why.
async fn check(path: &'static str) {
    let page = Page::read(path).unwrap_or_else(|mistakes| panic!("\n{}", mistakes.join("\n")));
    // All at once: most of their time is waiting.
    let running: Vec<_> = page.examples.into_iter().map(|example| tokio::spawn(run(path, example))).collect();
    let mut failed = Vec::new();
    for example in running {
        failed.extend(example.await.unwrap().err());
    }
    assert!(failed.is_empty(), "\n\n{}\n", failed.join("\n\n"));
}

/// Runs an example; a failure names its line in the page.
async fn run(path: &str, example: Example) -> Result<(), String> {
    let name = |line: usize| format!("{path}:{line}, \u{201c}{}\u{201d}", example.heading);
    let mut world =
        World::new(&example.parts).await.map_err(|words| format!("{}: {words}", name(example.line)))?;
    for (line, step) in example.steps() {
        world.step(&step).await.map_err(|words| format!("{}: {words}", name(line)))?;
    }
    world.comes_to_rest().await.map_err(|words| format!("{}: at its end, {words}", name(example.line)))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_on_rules_are_true() {
    check("docs/rules.md").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_on_mappings_are_true() {
    check("docs/mapping.md").await;
}
