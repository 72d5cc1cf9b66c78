//! Bad answers, made from good ones: a tree with nodes that are missing, doubled, moved or something else, and
//! bodies that are cut off, no text, or no JSON at all.
//!
//! A test answers each call with what a good vendor would say, struck by the next [`Blow`] of its list.

use super::scripted::Reply;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value as Json, json};

/// A length that no field has, in characters.
const LONG_TEXT_CHARS: usize = 100_000;
/// Deeper than the parser goes.
const TOO_DEEP_LEVELS: usize = 5_000;
/// Deep, and still read.
const DEEP_LEVELS: usize = 40;
/// The most changes of one answer.
const MAX_TWISTS: usize = 4;
/// The most answers of one case that are struck differently; the list then begins again.
const MAX_BLOWS: usize = 5;

/// A change of one node; which one is counted in the order of the tree.
#[derive(Clone, Debug)]
pub(crate) enum Twist {
    /// It is something else.
    Replace(Index, Json),
    /// It is not there.
    Remove(Index),
    /// It is there twice: as another entry of its array, or under another key.
    Double(Index),
    /// It also stands where another one stood.
    Copy(Index, Index),
    /// It is the only entry of an array.
    Wrap(Index),
}

/// What is sent of the tree.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// All of it.
    Whole,
    /// The beginning.
    Cut(Index),
    /// Nothing.
    Empty,
    /// A proxy's page.
    Html,
    /// A byte in it is no UTF-8.
    NotUtf8(Index),
    /// A number in it is larger than any number.
    HugeNumber,
    /// Nothing but brackets.
    TooDeep,
}

/// What happens to one answer.
#[derive(Clone, Debug)]
pub(crate) struct Blow {
    pub(crate) twists: Vec<Twist>,
    pub(crate) body: Body,
    pub(crate) status: u16,
}

impl Blow {
    /// The answer as it is.
    pub(crate) fn none() -> Self {
        Self { twists: Vec::new(), body: Body::Whole, status: 200 }
    }

    /// The good answer, struck.
    pub(crate) fn strike(&self, good: &Json) -> Reply {
        let mut text = twisted(good, &self.twists).to_string();
        let bytes = match &self.body {
            Body::Whole => text.into_bytes(),
            Body::Cut(at) => {
                let at = at.index(text.len() + 1);
                text.into_bytes().into_iter().take(at).collect()
            }
            Body::Empty => Vec::new(),
            Body::Html => b"<html><body>Bad gateway</body></html>".to_vec(),
            Body::NotUtf8(at) => {
                let at = at.index(text.len());
                let mut bytes = text.into_bytes();
                bytes[at] = 0xFF;
                bytes
            }
            Body::HugeNumber => {
                text = text.replacen(":1", ":1e999", 1);
                text.into_bytes()
            }
            Body::TooDeep => "[".repeat(TOO_DEEP_LEVELS).into_bytes(),
        };
        Reply::Bytes(self.status, bytes)
    }
}

/// The tree with all changes made, one after the other.
pub(crate) fn twisted(good: &Json, twists: &[Twist]) -> Json {
    let mut tree = good.clone();
    for twist in twists {
        match twist {
            Twist::Replace(at, with) => {
                let pointer = pick(&tree, *at);
                put(&mut tree, &pointer, with.clone());
            }
            Twist::Remove(at) => {
                let pointer = pick(&tree, *at);
                remove(&mut tree, &pointer);
            }
            Twist::Double(at) => {
                let pointer = pick(&tree, *at);
                double(&mut tree, &pointer);
            }
            Twist::Copy(from, to) => {
                let copy = tree.pointer(&pick(&tree, *from)).cloned().unwrap_or_default();
                let pointer = pick(&tree, *to);
                put(&mut tree, &pointer, copy);
            }
            Twist::Wrap(at) => {
                let pointer = pick(&tree, *at);
                let inner = tree.pointer(&pointer).cloned().unwrap_or_default();
                put(&mut tree, &pointer, json!([inner]));
            }
        }
    }
    tree
}

fn pick(tree: &Json, at: Index) -> String {
    let mut pointers = Vec::new();
    pointers_of(tree, String::new(), &mut pointers);
    at.get(&pointers).clone()
}

fn pointers_of(tree: &Json, here: String, into: &mut Vec<String>) {
    match tree {
        Json::Object(map) => {
            for (key, child) in map {
                pointers_of(child, format!("{here}/{}", key.replace('~', "~0").replace('/', "~1")), into);
            }
        }
        Json::Array(items) => {
            for (at, child) in items.iter().enumerate() {
                pointers_of(child, format!("{here}/{at}"), into);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
    into.push(here);
}

fn put(tree: &mut Json, pointer: &str, value: Json) {
    if let Some(node) = tree.pointer_mut(pointer) {
        *node = value;
    }
}

/// The parent of a node, and the node's name in it.
fn parent<'a>(tree: &'a mut Json, pointer: &str) -> Option<(&'a mut Json, String)> {
    let (parent, name) = pointer.rsplit_once('/')?;
    Some((tree.pointer_mut(parent)?, name.replace("~1", "/").replace("~0", "~")))
}

fn remove(tree: &mut Json, pointer: &str) {
    match parent(tree, pointer) {
        Some((Json::Object(map), key)) => drop(map.remove(&key)),
        Some((Json::Array(items), at)) => drop(items.remove(at.parse().unwrap())),
        _ => *tree = Json::Null,
    }
}

fn double(tree: &mut Json, pointer: &str) {
    let node = tree.pointer(pointer).cloned().unwrap_or_default();
    match parent(tree, pointer) {
        Some((Json::Object(map), key)) => drop(map.insert(format!("{key}2"), node)),
        Some((Json::Array(items), _)) => items.push(node),
        _ => *tree = json!([node.clone(), node]),
    }
}

/// Any list of blows; some answers stay good.
pub(crate) fn blows() -> impl Strategy<Value = Vec<Blow>> {
    let blow = (proptest::collection::vec(twist(), 0..=MAX_TWISTS), body(), status())
        .prop_map(|(twists, body, status)| Blow { twists, body, status });
    let one = prop_oneof![1 => Just(Blow::none()), 3 => blow];
    proptest::collection::vec(one, 1..=MAX_BLOWS)
}

/// Any change of a node.
pub(crate) fn twist() -> impl Strategy<Value = Twist> {
    let at = any::<Index>;
    prop_oneof![
        4 => (at(), odd_value()).prop_map(|(at, value)| Twist::Replace(at, value)),
        2 => at().prop_map(Twist::Remove),
        1 => at().prop_map(Twist::Double),
        2 => (at(), at()).prop_map(|(from, to)| Twist::Copy(from, to)),
        1 => at().prop_map(Twist::Wrap),
    ]
}

fn body() -> impl Strategy<Value = Body> {
    let at = any::<Index>;
    prop_oneof![
        12 => Just(Body::Whole),
        1 => at().prop_map(Body::Cut),
        1 => Just(Body::Empty),
        1 => Just(Body::Html),
        1 => at().prop_map(Body::NotUtf8),
        1 => Just(Body::HugeNumber),
        1 => Just(Body::TooDeep),
    ]
}

fn status() -> impl Strategy<Value = u16> {
    prop_oneof![12 => Just(200_u16), 1 => prop::sample::select(vec![201, 204, 304, 400, 403, 404, 409, 410, 429, 500])]
}

/// What nobody expects in the place of a value.
fn odd_value() -> impl Strategy<Value = Json> {
    let texts = [
        "",
        " ",
        "\0",
        "..",
        "people/",
        "people/c1",
        "-7",
        "1e999",
        "NaN",
        "true",
        "null",
        "\u{202e}\u{0}🦀",
        "0000-00-00",
        "9999-12-31T23:59:60Z",
        "+262143-12-31T23:59:59Z",
        "1970-01-01T00:00:00Z",
        "2024-02-30",
        "https://evil.test/?page_token=x",
        "contactGroups/none",
        "CONTACT",
        "CONTACT-5",
        "2️⃣-02-️30",
    ];
    prop_oneof![
        6 => prop::sample::select(texts.map(Json::from).to_vec()),
        6 => prop::sample::select(vec![
            Json::Null, json!(true), json!(false), json!(0), json!(-1), json!(i64::MAX), json!(i64::MIN),
            json!(u64::MAX), json!(1e308), json!(0.5), json!([]), json!({}), json!([[]]), json!([null]),
        ]),
        1 => any::<i64>().prop_map(Json::from),
        1 => ".{0,30}".prop_map(Json::from),
        1 => Just(Json::from("x".repeat(LONG_TEXT_CHARS))),
        1 => Just((0..DEEP_LEVELS).fold(Json::Null, |inner, _| json!([inner]))),
    ]
}
