//! Which pairs there are, and one scenario on each of those it makes sense for.

use crate::hand::{Can, Kind};
use crate::rig::Rig;
use std::any::Any;
use std::pin::Pin;
use syntony_core::side::Sides;

/// A scenario on one pair.
pub(crate) type Scenario = fn(Rig) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs the scenario on every ordered pair of apps that `suits` picks, and names all the pairs on which it fails.
pub(crate) async fn check(suits: fn(Sides<Can>) -> bool, scenario: Scenario) {
    let pairs = Kind::ALL.into_iter().flat_map(|left| Kind::ALL.map(|right| Sides::new(left, right)));
    let pairs: Vec<Sides<Kind>> = pairs.filter(|pair| suits(pair.map(Kind::can))).collect();
    assert!(!pairs.is_empty(), "a scenario for nobody");
    // All at once: most of their time is waiting.
    let running: Vec<_> = pairs
        .into_iter()
        .map(|pair| {
            let name = format!("{:?} with {:?}", pair.left, pair.right);
            (name, tokio::spawn(async move { scenario(Rig::new(pair).await).await }))
        })
        .collect();
    let mut failed = Vec::new();
    for (name, ran) in running {
        if let Err(error) = ran.await {
            failed.push(format!("{name}: {}", words(error.into_panic())));
        }
    }
    assert!(failed.is_empty(), "it fails for\n{}", failed.join("\n"));
}

/// What a panic said.
fn words(panic: Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(other) => other.downcast_ref::<&str>().map_or_else(String::new, |text| (*text).to_owned()),
    }
}

/// Every pair, both ways round.
pub(crate) fn all(_: Sides<Can>) -> bool {
    true
}

/// Every two apps, one way round.
pub(crate) fn once(can: Sides<Can>) -> bool {
    let place = |can: Can| Kind::ALL.iter().position(|kind| *kind == can.is).unwrap();
    let (left, right) = (place(can.left), place(can.right));
    // Each app is on the left with half of the others.
    if (left + right) % 2 == 0 { left <= right } else { left > right }
}

/// Every two apps, the other way round.
pub(crate) fn once_turned(can: Sides<Can>) -> bool {
    once(Sides::new(can.right, can.left))
}

/// Each app once on each side: for what costs many runs and hardly depends on who is on the other side.
pub(crate) fn each_app_twice(can: Sides<Can>) -> bool {
    let next = Kind::ALL.iter().cycle().skip_while(|kind| **kind != can.left.is).nth(1);
    next == Some(&can.right.is)
}

/// Writes a test that runs its body on every pair that `$suits` picks.
macro_rules! scenario {
    ($(#[$about:meta])* $name:ident, $suits:expr, |$rig:ident| $body:block) => {
        $(#[$about])*
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            crate::table::check($suits, |$rig| Box::pin(async move { $body })).await;
        }
    };
}
pub(crate) use scenario;
